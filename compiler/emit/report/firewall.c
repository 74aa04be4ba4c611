/*
 * firewall.csv (RFC 4180): what the team of the on-premises firewall must let through, from the
 * `Flows` of the gates. The file is opened in spreadsheets, so no cell may begin as a formula does.
 */
#include "emit/report/report.h"

#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"Direction", "Source", "Destination",
                                      "Protocol",  "Ports",  "Purpose"};
enum { COLUMNS = sizeof columns / sizeof *columns };

struct row {
    had_str cells[COLUMNS];
};

static int row_cmp(const void *a, const void *b)
{
    for (int i = 0; i < COLUMNS; i++) {
        int order =
            had_str_cmp(((const struct row *)a)->cells[i], ((const struct row *)b)->cells[i]);
        if (order)
            return order;
    }
    return 0;
}

static void write_cell(struct had_buffer *out, had_str cell)
{
    bool formula = cell.len && strchr("=+-@\t\r", cell.ptr[0]);
    bool quote = formula;
    for (uint32_t i = 0; i < cell.len; i++)
        quote = quote || strchr(",\"\r\n;", cell.ptr[i]);
    if (quote)
        had_buffer_char(out, '"');
    if (formula)
        had_buffer_char(out, '\'');
    for (uint32_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            had_buffer_char(out, '"');
        had_buffer_char(out, (unsigned char)cell.ptr[i] < 0x20 ? ' ' : cell.ptr[i]);
    }
    if (quote)
        had_buffer_char(out, '"');
}

void had_firewall_write(const struct had_emit_input *input, struct had_output *output)
{
    struct had_arena *arena = output->arena;
    had_array(struct row) rows = {0};
    had_each(struct had_node *, at, &input->graph->nodes) {
        const struct had_node *node = *at;
        if (node->class != HAD_GATE || node->phase > input->options->phase)
            continue;
        const struct had_prop *flows = had_node_get(node, "Flows");
        if (!flows || flows->tag != HAD_PROP_LIST)
            continue;
        had_each(struct had_prop *, flow, &flows->items) {
            struct row *row = had_push(arena, &rows);
            for (int i = 0; i < COLUMNS; i++) {
                const struct had_prop *cell = had_prop_at(*flow, columns[i]);
                row->cells[i] = cell ? had_report_text(arena, cell) : (had_str){0};
            }
        }
    }
    if (rows.count > 1)
        qsort(rows.items, rows.count, sizeof *rows.items, row_cmp);
    struct had_buffer out = {0};
    had_buffer_c(&out, "direction,source,destination,protocol,ports,purpose\r\n");
    for (uint32_t i = 0; i < rows.count; i++) {
        if (i && !row_cmp(&rows.items[i], &rows.items[i - 1]))
            continue;
        for (int k = 0; k < COLUMNS; k++) {
            if (k)
                had_buffer_char(&out, ',');
            write_cell(&out, rows.items[i].cells[k]);
        }
        had_buffer_c(&out, "\r\n");
    }
    had_output_add(output, HAD_STR("firewall.csv"), had_buffer_view(&out));
    had_buffer_free(&out);
}
