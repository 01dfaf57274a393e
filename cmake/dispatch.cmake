# lanes::dispatch: a static library with all kernels for every instruction set of the target, of which programs use the
# best that the CPU has, whatever flags they are compiled with.
#
# Each instruction set is compiled from the same headers, so it brings its own copies of inline functions and templates,
# those of the standard library included, under the names that baseline code uses too. A linker keeps one of each, and a
# program that got the AVX-512 copy would die on another CPU. So each object is linked with itself (ld -r), which
# dissolves the groups that linkers pick from, and then keeps one global name, that of its table.
set(lanes_instruction_sets "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(lanes_instruction_sets sse2=x86-64 sse4_2=x86-64-v2 avx2=x86-64-v3 avx512=x86-64-v4)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(lanes_instruction_sets neon=armv8-a)
endif()
if(NOT CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF" OR NOT lanes_instruction_sets OR NOT CMAKE_OBJCOPY)
  message(STATUS "lanes: no lanes::dispatch here; it needs x86-64 or AArch64, ELF, and the linker and objcopy of binutils")
  return()
endif()

add_library(lanes_dispatch STATIC dispatch/choose.cpp)
add_library(lanes::dispatch ALIAS lanes_dispatch)
set_target_properties(lanes_dispatch PROPERTIES EXPORT_NAME dispatch POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(lanes_dispatch INTERFACE LANES_DISPATCH)
target_link_libraries(lanes_dispatch PUBLIC lanes)
if(NOT PROJECT_IS_TOP_LEVEL AND NOT LANES_INSTALL)
  # A project around lanes waits for it only if it links it.
  set_target_properties(lanes_dispatch PROPERTIES EXCLUDE_FROM_ALL ON)
endif()

foreach(instruction_set ${lanes_instruction_sets})
  string(REPLACE "=" ";" instruction_set ${instruction_set})
  list(GET instruction_set 0 name)
  list(GET instruction_set 1 march)
  set(target lanes_dispatch_${name})
  add_library(${target} OBJECT EXCLUDE_FROM_ALL dispatch/instruction_set.cpp)
  target_compile_definitions(${target} PRIVATE LANES_DISPATCH_TABLE=${name})
  # Optimised in every build type: programs that are being debugged call it too. Link-time optimisation would mix what
  # is kept apart here. Unique symbols stay global whatever a linker is told.
  target_compile_options(${target} PRIVATE -march=${march} -O3 -fno-lto $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_libraries(${target} PRIVATE lanes)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON INTERPROCEDURAL_OPTIMIZATION OFF)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/lanes_dispatch_${name}.o)
  string(LENGTH ${name} length)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation $<TARGET_OBJECTS:${target}> -o ${object}.all
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=_ZN14lanes_dispatch${length}${name}E ${object}.all ${object}
    DEPENDS ${target} $<TARGET_OBJECTS:${target}> COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Hiding what was compiled for ${march}")
  target_sources(lanes_dispatch PRIVATE ${object})
endforeach()
