# had_layer(NAME SOURCES … DEPENDS …): one static library per layer. Dependencies name layers;
# tests/layers.txt states the same order and a test reads every #include against it.
function(had_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(had_${name} STATIC ${arg_SOURCES})
  target_include_directories(had_${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/compiler ${PROJECT_SOURCE_DIR}/runtime)
  target_link_libraries(had_${name} PUBLIC had_options PRIVATE had_warnings)
  foreach(layer IN LISTS arg_DEPENDS)
    target_link_libraries(had_${name} PUBLIC had_${layer})
  endforeach()
  target_link_libraries(had_${name} PUBLIC ${arg_LIBRARIES})
endfunction()

# had_unit_test(NAME SOURCES … LAYERS …): a cmocka program that links only the layers it tests.
function(had_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LAYERS" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE had_options had_warnings PkgConfig::CMOCKA)
  foreach(layer IN LISTS arg_LAYERS)
    target_link_libraries(test_${name} PRIVATE had_${layer})
  endforeach()
  target_compile_definitions(test_${name} PRIVATE HAD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit.${name} COMMAND test_${name})
endfunction()
