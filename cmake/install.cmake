# `cmake --install`: headers and a package file, for find_package(lanes CONFIG).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_directory ${CMAKE_INSTALL_DATADIR}/cmake/lanes) # headers only: the same on every architecture

install(TARGETS lanes EXPORT lanes FILE_SET HEADERS)
install(EXPORT lanes NAMESPACE lanes:: FILE lanesTargets.cmake DESTINATION ${package_directory})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lanesConfig.cmake.in lanesConfig.cmake
                              INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(lanesConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/lanesConfig.cmake ${PROJECT_BINARY_DIR}/lanesConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/xsimd.cmake
        DESTINATION ${package_directory})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
