# The warnings that lanes and its tests are free of; CMAKE_COMPILE_WARNING_AS_ERROR (preset dev) makes them errors.
add_library(lanes_warnings INTERFACE)
target_compile_options(lanes_warnings INTERFACE -Wall -Wextra)

# Eigen for development. g++ 12 calls an undefined vector in its own AVX-512 header uninitialized where Eigen uses it.
if(TARGET Eigen3::Eigen)
  add_library(lanes_eigen INTERFACE)
  target_link_libraries(lanes_eigen INTERFACE Eigen3::Eigen)
  target_compile_options(lanes_eigen INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>)
endif()
