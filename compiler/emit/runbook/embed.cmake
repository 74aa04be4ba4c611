# Writes a file as a C text: cmake -DOUT=… -DIN=deploy.sh -DHEADER=… -DNAME=had_deploy_script -P embed.cmake
file(READ ${IN} bytes HEX)
string(LENGTH "${bytes}" size)
math(EXPR size "${size} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x[0-9a-f][0-9a-f],){20})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUT} "/* Made when the project is built. */\n#include \"${HEADER}\"\n\nstatic const char text[] = {\n    ${bytes}\n};\nconst had_str ${NAME} = {text, ${size}};\n")
