# Tests, labelled `example`, that a command still prints what a .out file holds:
#   blkpath_compare_output(NAME OUT file.out COMMAND ...)
#   blkpath_scenario_outputs(FOLDER)   every FOLDER/*/NAME.yaml beside which NAME.out stands

function(blkpath_compare_output name)
  cmake_parse_arguments(ARG "" "OUT;DIRECTORY" "COMMAND" ${ARGN})
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -DOUT=${ARG_OUT} -DDIRECTORY=${ARG_DIRECTORY}
      -DACTUAL=${CMAKE_CURRENT_BINARY_DIR}/${name}.actual -P ${PROJECT_SOURCE_DIR}/cmake/CompareOutput.cmake -- ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS example)
endfunction()

# scripts/update-outs writes the same files with the same arguments. A scenario is run from the source folder, so that
# the name it prints is the same everywhere.
function(blkpath_scenario_outputs folder)
  file(GLOB outs CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${folder}/*/*.out)
  foreach(out ${outs})
    string(REGEX REPLACE "\\.out$" ".yaml" scenario ${out})
    string(REGEX REPLACE "[/.]" "." name ${out})
    blkpath_compare_output(${name} OUT ${PROJECT_SOURCE_DIR}/${out}
      COMMAND $<TARGET_FILE:blkpath> run ${scenario} --runtime 2s --json)
  endforeach()
endfunction()
