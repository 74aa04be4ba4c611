# Compiler settings shared by every target: C17, warnings as errors, hardening, reproducible paths.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(HAD_WERROR "Treat warnings as errors" ON)
set(HAD_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")
option(HAD_COVERAGE "Instrument for coverage" OFF)
option(HAD_FUZZ "Build the libFuzzer targets (clang only)" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

add_library(had_options INTERFACE)
target_compile_definitions(had_options INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(had_options INTERFACE
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -fstack-protector-strong)

# Warnings of our own code; generated scanners and parsers use had_options alone.
add_library(had_warnings INTERFACE)
target_compile_options(had_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wwrite-strings -Wvla -Wundef -Wformat=2
  -Wswitch-enum)
if(HAD_WERROR)
  target_compile_options(had_warnings INTERFACE -Werror)
endif()

if(HAD_SANITIZE)
  target_compile_options(had_options INTERFACE
    -fsanitize=${HAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(had_options INTERFACE -fsanitize=${HAD_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(had_options INTERFACE _FORTIFY_SOURCE=2)
  if(NOT APPLE)
    target_link_options(had_options INTERFACE -Wl,-z,relro,-z,now)
  endif()
endif()
if(HAD_COVERAGE)
  target_compile_options(had_options INTERFACE --coverage -O0)
  target_link_options(had_options INTERFACE --coverage)
endif()
