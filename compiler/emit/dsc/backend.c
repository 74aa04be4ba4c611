/* The back ends `dsc` and `mof`: what files there are. */
#include "emit/dsc/dsc.h"

#include "emit/dsc/quote.h"
#include "emit/dsc/write.h"

had_str had_dsc_file_text(struct had_arena *arena, had_str text)
{
    struct had_buffer out = {0};
    if (!had_dsc_text_ascii(text))
        had_buffer_c(&out, "\xef\xbb\xbf");
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            had_buffer_char(&out, '\r');
        had_buffer_char(&out, text.ptr[i]);
    }
    had_str bytes = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return bytes;
}

typedef void writer(struct had_buffer *out, const struct had_dsc_model *model,
                    const struct had_dsc_group *group);

static void file_write(struct had_output *output, const struct had_dsc_model *model,
                       const struct had_dsc_group *group, const char *extension, writer *write)
{
    struct had_buffer out = {0};
    write(&out, model, group);
    had_output_add(output,
                   had_str_printf(output->arena, "dsc/" HAD_FMT "/%s.%s", HAD_ARG(group->forest),
                                  had_dsc_role_names[group->role], extension),
                   had_dsc_file_text(output->arena, had_buffer_view(&out)));
    had_buffer_free(&out);
}

/* Git must not change the line ends that the files are compared by. */
static const char git_attributes[] = "*.ps1 -text\n*.psd1 -text\n*.mof -text\n";

static void git_write(struct had_output *output)
{
    for (uint32_t i = 0; i < output->files.count; i++)
        if (had_str_is(output->files.items[i].path, "dsc/.gitattributes"))
            return;
    had_output_add(output, HAD_STR("dsc/.gitattributes"), had_str_c(git_attributes));
}

static void dsc_emit(const struct had_emit_input *input, struct had_output *output)
{
    struct had_dsc_model *model = had_dsc_model_build(output->arena, input);
    if (!model)
        return;
    had_each(struct had_dsc_group *, group, &model->groups) {
        if (!(*group)->entries.count)
            continue;
        file_write(output, model, *group, "ps1", had_dsc_write_ps1);
        file_write(output, model, *group, "psd1", had_dsc_write_psd1);
        file_write(output, model, *group, "lcm.ps1", had_dsc_write_lcm);
        git_write(output);
    }
}

static void mof_emit(const struct had_emit_input *input, struct had_output *output)
{
    struct had_dsc_model *model = had_dsc_model_build(output->arena, input);
    if (!model)
        return;
    had_each(struct had_dsc_group *, group, &model->groups)
        had_each(struct had_dsc_machine *, machine, &(*group)->machines) {
            struct had_buffer out = {0};
            if ((*machine)->items.count && had_dsc_write_mof(&out, model, *group, *machine)) {
                had_output_add(output,
                               had_str_printf(output->arena, "dsc/" HAD_FMT "/%s/" HAD_FMT ".mof",
                                              HAD_ARG((*group)->forest),
                                              had_dsc_role_names[(*group)->role],
                                              HAD_ARG((*machine)->name)),
                               had_dsc_mof_text(output->arena, had_buffer_view(&out)));
                git_write(output);
            }
            had_buffer_free(&out);
        }
}

/*
 * The model is the same for both forms, and so are its findings; what a MOF alone cannot hold is
 * found by writing it.
 */
static void refuse(struct had_arena *arena, const struct had_emit_input *input)
{
    struct had_dsc_model *model = had_dsc_model_build(arena, input);
    if (!model)
        return;
    struct had_buffer out = {0};
    had_each(struct had_dsc_group *, group, &model->groups)
        had_each(struct had_dsc_machine *, machine, &(*group)->machines) {
            if ((*machine)->items.count)
                had_dsc_write_mof(&out, model, *group, *machine);
            out.len = 0;
        }
    had_buffer_free(&out);
}

const struct had_backend had_backend_dsc = {
    .name = "dsc",
    .doc = "PowerShell DSC for domain controllers and the forest",
    .by_default = true,
    .refuse = refuse,
    .emit = dsc_emit,
};

const struct had_backend had_backend_mof = {
    .name = "mof",
    .doc = "compiled DSC of each machine, for AWS-ApplyDSCMofs",
    .by_default = true,
    .emit = mof_emit,
};
