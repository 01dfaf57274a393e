# `cmake --install`: headers, the libraries lanes::dispatch and lanes::cuda and a package file, for find_package(lanes CONFIG).
include(CMakePackageConfigHelpers)
if(TARGET lanes_dispatch OR TARGET lanes_cuda)
  set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/lanes)
  set(any_architecture "")
  if(TARGET lanes_dispatch)
    install(TARGETS lanes_dispatch EXPORT lanes)
  endif()
  if(TARGET lanes_cuda) # with the runtime that it was built with, so that its users need no CUDA at all
    install(TARGETS lanes_cuda EXPORT lanes)
    install(FILES ${LANES_CUDART} DESTINATION ${CMAKE_INSTALL_LIBDIR}/lanes)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/cuda DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lanes/device
            FILES_MATCHING PATTERN *.cuh PATTERN emulation EXCLUDE)
  endif()
else()
  set(package_directory ${CMAKE_INSTALL_DATADIR}/cmake/lanes) # headers only: the same on every architecture
  set(any_architecture ARCH_INDEPENDENT)
endif()

install(TARGETS lanes EXPORT lanes FILE_SET HEADERS)
install(EXPORT lanes NAMESPACE lanes:: FILE lanesTargets.cmake DESTINATION ${package_directory})
set(LANES_HAS_CUDA FALSE)
if(TARGET lanes_cuda)
  set(LANES_HAS_CUDA TRUE)
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lanesConfig.cmake.in lanesConfig.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(lanesConfigVersion.cmake COMPATIBILITY SameMinorVersion ${any_architecture})
install(FILES ${PROJECT_BINARY_DIR}/lanesConfig.cmake ${PROJECT_BINARY_DIR}/lanesConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/xsimd.cmake
        DESTINATION ${package_directory})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
