# lanes::cuda: a static library with the kernels of the backend `cuda`. Programs that link it are compiled by any C++20
# compiler and run on machines without a GPU too; nvcc is needed here only. It is called directly: CMake's own CUDA language
# would ask more of the machine (a complete toolkit) than the compiler does.
set(LANES_CUDA AUTO CACHE STRING "Build lanes::cuda: AUTO (where there is an nvcc), ON or OFF")
set_property(CACHE LANES_CUDA PROPERTY STRINGS AUTO ON OFF)
set(LANES_CUDA_ARCHITECTURES "80;90" CACHE STRING "Compute capabilities with machine code; the last one as PTX too")
set(lanes_nvcc_minimum 12.4)

# Sets lanes_cuda_problem to a sentence unless nvcc is there and compiles; and lanes_nvcc, lanes_cudart.
function(lanes_find_nvcc)
  # `./dev setup` puts one here where the machine has none.
  find_program(LANES_NVCC nvcc DOC "The compiler of CUDA"
               HINTS $ENV{CUDACXX} $ENV{CUDA_PATH}/bin $ENV{CUDA_HOME}/bin /usr/local/cuda/bin
                     ${PROJECT_SOURCE_DIR}/build/deps/cuda/bin)
  if(NOT LANES_NVCC)
    set(lanes_cuda_problem "there is no nvcc" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${LANES_NVCC} --version OUTPUT_VARIABLE version ERROR_VARIABLE version)
  string(REGEX MATCH "release ([0-9.]+)" version "${version}")
  if(NOT CMAKE_MATCH_1 OR CMAKE_MATCH_1 VERSION_LESS lanes_nvcc_minimum)
    set(lanes_cuda_problem "${LANES_NVCC} is version ${CMAKE_MATCH_1}, and lanes needs ${lanes_nvcc_minimum}" PARENT_SCOPE)
    return()
  endif()
  file(REAL_PATH ${LANES_NVCC} program)
  cmake_path(GET program PARENT_PATH directory)
  find_library(LANES_CUDART cudart_static DOC "CUDA's runtime as a static library"
               HINTS ${directory}/../lib64 ${directory}/../lib ${directory}/../targets/x86_64-linux/lib)
  if(NOT LANES_CUDART)
    set(lanes_cuda_problem "${LANES_NVCC} comes without libcudart_static.a" PARENT_SCOPE)
    return()
  endif()
  # Whether it gets along with this compiler, and has all its parts.
  set(probe ${CMAKE_CURRENT_BINARY_DIR}/lanes_cuda_probe)
  if(NOT EXISTS ${probe}.o OR ${LANES_NVCC} IS_NEWER_THAN ${probe}.o)
    file(WRITE ${probe}.cu "#include <cuda_runtime.h>\n#include <concepts>\n__global__ void kernel(int* x) { *x = 1; }\n")
    execute_process(COMMAND ${LANES_NVCC} -ccbin ${CMAKE_CXX_COMPILER} -std=c++20 -arch=sm_90 -c ${probe}.cu -o ${probe}.o
                    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT code EQUAL 0)
      set(lanes_cuda_problem "${LANES_NVCC} does not compile with ${CMAKE_CXX_COMPILER}:\n${output}" PARENT_SCOPE)
      return()
    endif()
  endif()
  message(STATUS "lanes: lanes::cuda with ${LANES_NVCC} ${CMAKE_MATCH_1}")
  set(lanes_cuda_problem "" PARENT_SCOPE)
endfunction()

if(LANES_CUDA STREQUAL "OFF")
  return()
endif()
lanes_find_nvcc()
if(lanes_cuda_problem)
  if(LANES_CUDA STREQUAL "AUTO")
    message(STATUS "lanes: no lanes::cuda: ${lanes_cuda_problem}")
    return()
  endif()
  message(FATAL_ERROR "lanes: LANES_CUDA is ON, but ${lanes_cuda_problem}")
endif()

set(lanes_nvcc_flags -std=c++20 --expt-relaxed-constexpr -O3 -ccbin ${CMAKE_CXX_COMPILER} -Xcompiler=-fPIC --threads 2 -diag-suppress=554
                     -I${PROJECT_SOURCE_DIR} -I${PROJECT_SOURCE_DIR}/include)
foreach(architecture ${LANES_CUDA_ARCHITECTURES})
  list(APPEND lanes_nvcc_flags -gencode=arch=compute_${architecture},code=sm_${architecture})
endforeach()
list(GET LANES_CUDA_ARCHITECTURES -1 architecture)
list(APPEND lanes_nvcc_flags -gencode=arch=compute_${architecture},code=compute_${architecture})

# lanes_compile_cuda(variable sources...): objects of .cu files.
function(lanes_compile_cuda variable)
  set(objects "")
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source)
    cmake_path(GET source STEM stem)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${variable}_${stem}.o)
    set(kept ${object}.parts)
    add_custom_command(OUTPUT ${object} COMMENT "Compiling ${stem}.cu for the GPU" VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory ${kept}
      COMMAND ${LANES_NVCC} ${lanes_nvcc_flags} ${lanes_more_nvcc_flags} --keep --keep-dir ${kept} -MD -MF ${object}.d
              -MT ${object} -c ${source} -o ${object}
      COMMAND sh ${PROJECT_SOURCE_DIR}/cmake/cuda_traps.sh ${kept}
      DEPENDS ${source} ${PROJECT_SOURCE_DIR}/cmake/cuda_traps.sh DEPFILE ${object}.d)
    list(APPEND objects ${object})
  endforeach()
  set(${variable} ${objects} PARENT_SCOPE)
endfunction()

file(GLOB cuda_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cuda/*.cu)
lanes_compile_cuda(lanes_cuda_objects ${cuda_sources})
add_library(lanes_cuda STATIC ${lanes_cuda_objects})
add_library(lanes::cuda ALIAS lanes_cuda)
set_target_properties(lanes_cuda PROPERTIES EXPORT_NAME cuda LINKER_LANGUAGE CXX)
target_compile_definitions(lanes_cuda INTERFACE LANES_CUDA)
target_include_directories(lanes_cuda INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                $<INSTALL_INTERFACE:include/lanes/device>) # for users who have nvcc
find_package(Threads REQUIRED)
target_link_libraries(lanes_cuda INTERFACE lanes $<BUILD_INTERFACE:${LANES_CUDART}>
                      $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/lanes/libcudart_static.a>
                      Threads::Threads ${CMAKE_DL_LIBS} rt)
if(NOT PROJECT_IS_TOP_LEVEL AND NOT LANES_INSTALL)
  set_target_properties(lanes_cuda PROPERTIES EXCLUDE_FROM_ALL ON) # a project around lanes waits for it if it links it
endif()
