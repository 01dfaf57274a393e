# Compiles the device's arithmetic with --use_fast_math and looks at what became of it: nothing may flush or approximate.
#   cmake -DNVCC=... -DCOMPILER=... -DOUTPUT=... -P fast_math.cmake
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
execute_process(COMMAND ${NVCC} -ccbin ${COMPILER} -std=c++20 --expt-relaxed-constexpr --use_fast_math -arch=sm_90 -I${root}
                        -I${root}/include -ptx ${CMAKE_CURRENT_LIST_DIR}/fast_math.cu -o ${OUTPUT}
                RESULT_VARIABLE code ERROR_VARIABLE problem)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${problem}")
endif()
file(STRINGS ${OUTPUT} wrong REGEX "[.](ftz|approx|full)[. ]")
if(wrong)
  message(FATAL_ERROR "--use_fast_math changes the device's arithmetic: ${wrong}")
endif()
# The test can fail: these are the instructions that it is about.
foreach(instruction "div.rn.f32" "div.rn.f64" "sqrt.rn.f32" "fma.rn.f32" "add.rn.f32" "add.rn.f64")
  file(STRINGS ${OUTPUT} found REGEX "${instruction}")
  if(NOT found)
    message(FATAL_ERROR "the PTX holds no ${instruction}: the test looks in the wrong place")
  endif()
endforeach()
