# The layers of lanes: which directories a header may include, and which third party. A row is
#   files | what of lanes they may include | third party
# as regular expressions of paths below include/lanes, the first row that fits a file being its own.
set(rows
  "core/.*|core/|none"
  "kernels/.*|core/,kernels/|none"
  "backends/serial.*|core/,backends/serial|none"
  "backends/dispatch.*|core/,backends/|xsimd"
  "backends/simd.*|core/,backends/simd,backends/dispatch|xsimd"
  "backends/threads.*|core/,backends/simd,backends/threads,backends/dispatch|tbb"
  "backends/cuda.*|core/,backends/cuda|none"
  "backends/automatic.*|core/,backends/|none"
  "verify/.*|core/,backends/,kernels/,verify/|none"
  "lanes[.]hpp|core/,backends/,kernels/,verify/|none")
set(xsimd "^xsimd/")
set(tbb "^(oneapi/)?tbb/")
set(none "^$")
set(third_party "^(xsimd|oneapi|tbb|Eigen|catch2|benchmark|cuda|cub|thrust)/")

set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
file(GLOB_RECURSE headers RELATIVE ${root}/include/lanes ${root}/include/lanes/*.hpp)
list(LENGTH headers count)
if(count LESS 10)
  message(SEND_ERROR "only ${count} headers found: the scan looks in the wrong place")
endif()
foreach(header ${headers})
  set(allowed "")
  foreach(row ${rows})
    string(REPLACE "|" ";" cells "${row}")
    list(GET cells 0 files)
    if(header MATCHES "^${files}$")
      list(GET cells 1 allowed)
      list(GET cells 2 party)
      break()
    endif()
  endforeach()
  if(NOT allowed)
    message(SEND_ERROR "include/lanes/${header}: belongs to no layer; add it to the table in tests/layering/includes.cmake")
    continue()
  endif()
  string(REPLACE "," "|" pattern "${allowed}")

  file(STRINGS ${root}/include/lanes/${header} lines REGEX "^ *# *include")
  foreach(line ${lines})
    string(REGEX REPLACE ".*[<\"]([^>\"]*)[>\"].*" "\\1" included "${line}")
    if(line MATCHES "\"")
      message(SEND_ERROR "include/lanes/${header}: ${line}: write <lanes/...>")
    elseif(included MATCHES "^lanes/(.*)")
      if(NOT CMAKE_MATCH_1 MATCHES "^(${pattern})")
        message(SEND_ERROR "include/lanes/${header} includes <${included}>; it may include only: ${allowed}")
      endif()
    elseif(included MATCHES "${third_party}" AND NOT included MATCHES "${${party}}")
      message(SEND_ERROR "include/lanes/${header} includes <${included}>; of third parties it may use: ${party}")
    endif()
  endforeach()
endforeach()

# What device code may not use: nvcc 13.0 makes constants of libstdc++'s std::countr_zero and of std::countl_zero for 64 bits.
file(GLOB_RECURSE device_code ${root}/cuda/*.cuh ${root}/cuda/*.cu ${root}/include/lanes/core/*.hpp)
foreach(file ${device_code})
  file(STRINGS ${file} lines REGEX "std::(count[lr]_(zero|one)|popcount|bit_width|bit_ceil|bit_floor|has_single_bit)\\(")
  if(lines)
    message(SEND_ERROR "${file}: ${lines}: nvcc may make a constant of this in device code; use lowest_bit, highest_bit or "
                       "bit_count of cuda/machine.cuh")
  endif()
endforeach()

if(EXISTS ${root}/bench/naive.hpp)
  file(STRINGS ${root}/bench/naive.hpp lines REGEX "^ *# *include.*lanes")
  if(lines)
    message(SEND_ERROR "bench/naive.hpp is what lanes is measured against and includes nothing of it, but: ${lines}")
  endif()
endif()
