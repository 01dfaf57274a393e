# Compiles the device's arithmetic with --use_fast_math and looks at what became of it: nothing may flush or approximate.
#   cmake -DNVCC=... -DCOMPILER=... -DOUTPUT=... -P fast_math.cmake
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
execute_process(COMMAND ${NVCC} -ccbin ${COMPILER} -std=c++20 --expt-relaxed-constexpr --use_fast_math -arch=sm_90 -I${root}
                        -I${root}/include -ptx ${CMAKE_CURRENT_LIST_DIR}/fast_math.cu -o ${OUTPUT}
                RESULT_VARIABLE code ERROR_VARIABLE problem)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${problem}")
endif()
# But for the starts of reciprocals that cuda/machine/quotient.cuh makes correctly rounded ones of: rcp.approx.ftz.f64, one for
# each quotient of cuda/arithmetic_check.cuh. No flag makes such of a division of double.
file(READ ${OUTPUT} text)
string(REGEX MATCHALL "rcp[.]approx[.]ftz[.]f64" starts "${text}")
list(LENGTH starts count)
if(count GREATER 12)
  message(FATAL_ERROR "the PTX approximates ${count} reciprocals, more than the 12 quotients that begin with one")
endif()
string(REPLACE "rcp.approx.ftz.f64" "" text "${text}")
string(REGEX MATCHALL "[a-z][a-z0-9.]*[.](ftz|approx|full)[. ][^;\n]*" wrong "${text}")
if(wrong)
  message(FATAL_ERROR "--use_fast_math changes the device's arithmetic: ${wrong}")
endif()
# The test can fail: these are the instructions that it is about.
foreach(instruction "rcp.approx.ftz.f64" "div.rn.f32" "div.rn.f64" "sqrt.rn.f32" "fma.rn.f32" "add.rn.f32" "add.rn.f64")
  file(STRINGS ${OUTPUT} found REGEX "${instruction}")
  if(NOT found)
    message(FATAL_ERROR "the PTX holds no ${instruction}: the test looks in the wrong place")
  endif()
endforeach()
