# What `cmake --install` brings beside the program and the library of modules: manual pages, completion, pages, scripts of
# continuous integration; and the Debian package (`cpack -G DEB`), which is the same tree.
find_program(HAD_GZIP gzip REQUIRED)
set(made ${PROJECT_BINARY_DIR}/install)
file(MAKE_DIRECTORY ${made})
set(doc ${CMAKE_INSTALL_DATADIR}/doc/had)

# Completion, by the program itself.
foreach(shell bash zsh fish)
  add_custom_command(
    OUTPUT ${made}/had.${shell}
    COMMAND had completion ${shell} > ${made}/had.${shell}
    DEPENDS had
    VERBATIM)
  list(APPEND completion ${made}/had.${shell})
endforeach()
add_custom_target(had_completion ALL DEPENDS ${completion})
install(FILES ${made}/had.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME had)
install(FILES ${made}/had.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Debian's zsh looks into the one folder below /usr, every zsh into the other one below /usr/local.
foreach(folder vendor-completions site-functions)
  install(FILES ${made}/had.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} RENAME _had)
endforeach()

# Manual pages, compressed as packages want them; `-n` keeps time and name out of the bytes.
set(man ${PROJECT_BINARY_DIR}/compiler/docs/man)
add_custom_command(
  OUTPUT ${made}/man.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${made}/man
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${man} ${made}/man
  COMMAND ${HAD_GZIP} -9nr ${made}/man
  COMMAND ${CMAKE_COMMAND} -E touch ${made}/man.stamp
  DEPENDS had_man ${man}/had.1
  VERBATIM)
add_custom_target(had_man_compressed ALL DEPENDS ${made}/man.stamp)
foreach(section 1 5)
  install(DIRECTORY ${made}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
          FILES_MATCHING PATTERN "*.${section}.gz")
endforeach()

# Pages.
install(FILES README.md LICENSE DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc}/docs FILES_MATCHING PATTERN "*.md")
install(DIRECTORY examples DESTINATION ${doc})
install(DIRECTORY ci DESTINATION ${CMAKE_INSTALL_DATADIR}/had USE_SOURCE_PERMISSIONS)
configure_file(cmake/copyright.in ${made}/copyright @ONLY)
install(FILES ${made}/copyright DESTINATION ${doc})
configure_file(cmake/changelog.in ${made}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${made}/changelog COPYONLY)
foreach(file changelog changelog.Debian)
  add_custom_command(
    OUTPUT ${made}/${file}.gz
    COMMAND ${HAD_GZIP} -9nkf ${made}/${file}
    DEPENDS ${made}/${file}
    VERBATIM)
  list(APPEND changelogs ${made}/${file}.gz)
endforeach()
add_custom_target(had_changelog ALL DEPENDS ${changelogs})
install(FILES ${changelogs} DESTINATION ${doc})

set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PACKAGE_NAME had)
set(CPACK_PACKAGE_VENDOR "had")
set(CPACK_PACKAGE_CONTACT "${HAD_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compiler for an Active Directory extended to AWS")
set(CPACK_PACKAGE_DESCRIPTION
"had compiles a description of an identity foundation: an on-premises Active
Directory extended to AWS, with its networks, domain controllers, trusts,
names and people's access. It checks hundreds of facts that must agree across
accounts and Regions before anything is deployed, and writes CloudFormation
templates and PowerShell DSC.")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "graphviz, git")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)
