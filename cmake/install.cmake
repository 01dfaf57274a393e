# `cmake --install`: headers, the library lanes::dispatch and a package file, for find_package(lanes CONFIG).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
if(TARGET lanes_dispatch)
  set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/lanes)
  set(any_architecture "")
  install(TARGETS lanes_dispatch EXPORT lanes)
else()
  set(package_directory ${CMAKE_INSTALL_DATADIR}/cmake/lanes) # headers only: the same on every architecture
  set(any_architecture ARCH_INDEPENDENT)
endif()

install(TARGETS lanes EXPORT lanes FILE_SET HEADERS)
install(EXPORT lanes NAMESPACE lanes:: FILE lanesTargets.cmake DESTINATION ${package_directory})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lanesConfig.cmake.in lanesConfig.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(lanesConfigVersion.cmake COMPATIBILITY SameMinorVersion ${any_architecture})
install(FILES ${PROJECT_BINARY_DIR}/lanesConfig.cmake ${PROJECT_BINARY_DIR}/lanesConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/xsimd.cmake
        DESTINATION ${package_directory})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
