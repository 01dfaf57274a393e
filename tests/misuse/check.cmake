# cmake -D SOURCE= -D COMPILER= -D FLAGS= -P check.cmake: the source must be refused with the text after its "// expect:",
# and be accepted with CORRECTED defined, so that it cannot be refused for another reason. "// flags:" are flags of the
# wrong form only; {here} in them is where the source lies. "// expect: nothing" stands in a file that has only a form that
# must compile.
file(STRINGS ${SOURCE} line REGEX "^// expect: ")
string(REPLACE "// expect: " "" expected "${line}")
string(REPLACE "\\;" ";" expected "${expected}") # file(STRINGS) escapes it
file(STRINGS ${SOURCE} line REGEX "^// flags: ")
string(REPLACE "// flags: " "" wrong_flags "${line}")
cmake_path(GET SOURCE PARENT_PATH here)
string(REPLACE "{here}" "${here}" wrong_flags "${wrong_flags}")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} has no line \"// expect: text\"")
endif()

execute_process(COMMAND ${COMPILER} ${FLAGS} -fsyntax-only -DCORRECTED ${SOURCE} RESULT_VARIABLE code ERROR_VARIABLE output)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "The corrected form must compile, but:\n${output}")
endif()
if(expected STREQUAL "nothing")
  return()
endif()

execute_process(COMMAND ${COMPILER} ${FLAGS} ${wrong_flags} -fsyntax-only ${SOURCE} RESULT_VARIABLE code ERROR_VARIABLE output)
if(code EQUAL 0)
  message(FATAL_ERROR "The wrong form compiled; expected: ${expected}")
endif()
string(FIND "${output}" "${expected}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "The wrong form was refused without the words \"${expected}\":\n${output}")
endif()
# What a user sees first counts most: the first error is the one with the remedy.
string(REGEX MATCH "error: [^\n]*" first "${output}")
string(FIND "${first}" "${expected}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "The words \"${expected}\" must be in the first error, but that is:\n${first}\n\nof:\n${output}")
endif()
