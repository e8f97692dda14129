# Runs a command and compares what it prints with a file, byte by byte; on a difference shows it and says how to update.
#   cmake -DOUT=expected.out -DDIRECTORY=where/to/run -DACTUAL=where/to/keep -P CompareOutput.cmake -- COMMAND ARG...
set(command)
set(after FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(after)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(after TRUE)
  endif()
endforeach()

if(NOT EXISTS ${OUT})
  message(FATAL_ERROR "There is no ${OUT}; scripts/update-outs writes it.")
endif()
execute_process(COMMAND ${command} WORKING_DIRECTORY ${DIRECTORY} OUTPUT_FILE ${ACTUAL} ERROR_VARIABLE errors
  RESULT_VARIABLE status)
list(JOIN command " " line)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${line}\nended with ${status}:\n${errors}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${OUT} ${ACTUAL} RESULT_VARIABLE differs ERROR_QUIET)
if(differs)
  execute_process(COMMAND diff -u ${OUT} ${ACTUAL} OUTPUT_VARIABLE difference)
  string(SUBSTRING "${difference}" 0 8000 difference)
  string(REPLACE "\n" "\n  " difference "  ${difference}") # message() would reflow lines that are not indented
  message(FATAL_ERROR "The output has changed (- expected, + now):\n${difference}\n"
    "When that is meant: scripts/update-outs, and say why in CHANGELOG.md.\nThe command: ${line}")
endif()
