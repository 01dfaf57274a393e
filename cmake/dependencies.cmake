# What lanes and its tests need: taken from this machine where it is there, otherwise fetched at a pinned commit.
# FETCHCONTENT_FULLY_DISCONNECTED=ON forbids fetching; FETCHCONTENT_TRY_FIND_PACKAGE_MODE=NEVER forbids the machine's own.
include(FetchContent)
include(${CMAKE_CURRENT_LIST_DIR}/xsimd.cmake)

# Where `./dev setup` puts the packages that the system has only in an older version.
set(lanes_setup_prefix ${PROJECT_SOURCE_DIR}/build/deps/usr)
if(PROJECT_IS_TOP_LEVEL AND IS_DIRECTORY ${lanes_setup_prefix})
  list(APPEND CMAKE_PREFIX_PATH ${lanes_setup_prefix})
endif()

# xsimd is headers only; a project around lanes that has fetched it already names its directory.
set(lanes_xsimd_problem "the xsimd of this machine is not asked for")
if(TARGET xsimd AND xsimd_SOURCE_DIR)
  lanes_find_xsimd(${xsimd_SOURCE_DIR}/include)
elseif(NOT FETCHCONTENT_TRY_FIND_PACKAGE_MODE STREQUAL "NEVER")
  lanes_find_xsimd()
endif()
if(lanes_xsimd_problem)
  message(STATUS "lanes: ${lanes_xsimd_problem}; fetching xsimd 13.2.0 (-Dxsimd_ROOT=<prefix> names another; `./dev setup` gets one from Debian)")
  FetchContent_Declare(xsimd GIT_REPOSITORY https://github.com/xtensor-stack/xsimd.git
                       GIT_TAG 1f8dd9c8e162968d9b4ff0251c56d431b8777f36) # 13.2.0
  FetchContent_MakeAvailable(xsimd)
  lanes_find_xsimd(${xsimd_SOURCE_DIR}/include)
  if(lanes_xsimd_problem)
    message(FATAL_ERROR "lanes: ${lanes_xsimd_problem}; lanes needs xsimd ${lanes_xsimd_minimum} or newer. "
                        "Name its place with -Dxsimd_ROOT=<prefix>.")
  endif()
endif()

if(NOT TARGET TBB::tbb)
  set(TBB_TEST OFF CACHE BOOL "Build oneTBB's own tests")
  FetchContent_Declare(TBB GIT_REPOSITORY https://github.com/oneapi-src/oneTBB.git
                       GIT_TAG 1c4c93fc5398c4a1acb3492c02db4699f3048dea # 2021.13.0
                       FIND_PACKAGE_ARGS 2021)
  FetchContent_MakeAvailable(TBB)
endif()

# The rest serves development only.
if(LANES_BUILD_TESTS)
  FetchContent_Declare(Catch2 GIT_REPOSITORY https://github.com/catchorg/Catch2.git
                       GIT_TAG fa43b77429ba76c462b1898d6cd2f2d7a9416b14 # 3.7.1
                       FIND_PACKAGE_ARGS 3)
  FetchContent_MakeAvailable(Catch2)
  if(Catch2_SOURCE_DIR)
    list(APPEND CMAKE_MODULE_PATH ${Catch2_SOURCE_DIR}/extras)
  endif()
endif()
if(LANES_BUILD_BENCH)
  set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "Build Google Benchmark's own tests")
  FetchContent_Declare(benchmark GIT_REPOSITORY https://github.com/google/benchmark.git
                       GIT_TAG c58e6d0710581e3a08d65c349664128a8d9a2461 # 1.9.1
                       FIND_PACKAGE_ARGS 1.7)
  FetchContent_MakeAvailable(benchmark)
endif()
if(LANES_BUILD_TESTS OR LANES_BUILD_EXAMPLES OR LANES_BUILD_BENCH)
  find_package(Eigen3 QUIET CONFIG)
  if(NOT TARGET Eigen3::Eigen)
    message(STATUS "lanes: Eigen was not found; its interop test, example and bench rows are left out")
  endif()
endif()
