# One module = one folder = one library with its own include root.
#
#   linnet_module(core/wire DEPS base [LINK PkgConfig::x] [ONLY host|m4])
#
# compiles every *.cc of the folder but *_test.cc (one GoogleTest executable, wire_test),
# *_fuzz.cc (one libFuzzer executable a file) and *_bench.cc (one Google Benchmark executable a file).
# DEPS are module names: only their include roots become visible, so an undeclared dependency doesn't compile.
# TEST_DEPS are visible to the tests alone. A module with no sources of its own becomes an INTERFACE library.

function(linnet_set_flags)
  add_library(linnet_flags INTERFACE)
  target_compile_options(linnet_flags INTERFACE
    -Wall -Wextra -Wshadow -Werror -ffp-contract=off
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
  if(CMAKE_CROSSCOMPILING)
    target_compile_options(linnet_flags INTERFACE
      -ffunction-sections -fdata-sections -fno-common
      $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit>)
  endif()
  if(LINNET_SANITIZE)
    # g++ takes what the sanitizers add for reads of uninitialised values: in std::regex, for one. The host build warns of them.
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
      $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
    add_link_options(-fsanitize=address,undefined)
  endif()
  if(LINNET_FUZZ)
    # libstdc++ 12's stable_sort calls a function that it has deprecated itself; clang says so where g++ doesn't.
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -g1 -Wno-deprecated-declarations)
    add_link_options(-fsanitize=address,undefined)
  endif()
endfunction()

# What nearly every test includes, precompiled once: a fifth to a third of a test's compile time. A program, as the tests are, so
# that it is compiled with their flags; nobody runs it.
function(linnet_add_test_prefix)
  file(CONFIGURE OUTPUT test_prefix.cc CONTENT "")
  add_executable(linnet_test_prefix EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/test_prefix.cc)
  target_link_libraries(linnet_test_prefix PRIVATE linnet_flags GTest::gmock GTest::gtest_main)
  target_precompile_headers(linnet_test_prefix PRIVATE
    <algorithm> <array> <chrono> <cmath> <cstring> <expected> <filesystem> <fstream> <functional> <map> <memory> <optional>
    <random> <set> <span> <sstream> <string> <string_view> <vector> <gmock/gmock.h> <gtest/gtest.h>)
endfunction()

function(linnet_module path)
  cmake_parse_arguments(M "" "ONLY" "DEPS;LINK;TEST_DEPS;TEST_LINK;EXCLUDE" ${ARGN})
  get_filename_component(name ${path} NAME)
  if(M_ONLY STREQUAL "host" AND CMAKE_CROSSCOMPILING)
    return()
  elseif(M_ONLY STREQUAL "m4" AND NOT CMAKE_CROSSCOMPILING)
    return()
  endif()

  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench|main)\\.cc$")
  foreach(pattern ${M_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()

  set(target linnet_${name})
  list(TRANSFORM M_DEPS PREPEND linnet_ OUTPUT_VARIABLE deps)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${deps} ${M_LINK} PRIVATE linnet_flags)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE include)
    target_link_libraries(${target} INTERFACE ${deps} ${M_LINK})
  endif()

  if(CMAKE_CROSSCOMPILING)
    return()
  endif()
  list(TRANSFORM M_TEST_DEPS PREPEND linnet_ OUTPUT_VARIABLE test_deps)

  if(LINNET_FUZZ)
    file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
    foreach(file ${fuzzers})
      get_filename_component(fuzzer ${file} NAME_WE)
      add_executable(${fuzzer} ${file})
      target_link_libraries(${fuzzer} PRIVATE ${target} ${test_deps} ${M_TEST_LINK} linnet_flags -fsanitize=fuzzer)
    endforeach()
    return()
  endif()

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(tests)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name}_test PRIVATE ${target} ${test_deps} ${M_TEST_LINK} linnet_flags GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE LINNET_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LINNET_BUILD_DIR="${CMAKE_BINARY_DIR}")
    target_precompile_headers(${name}_test REUSE_FROM linnet_test_prefix)
    # Precompiled, a header is no system header any more to those of g++ 12's warnings that come after inlining: they speak of
    # std::string's own copying. The sanitizers look for the same faults, and find them.
    target_compile_options(${name}_test PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread>)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${name})
  endif()

  file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_bench.cc)
  if(benches)
    find_package(benchmark REQUIRED)
    foreach(file ${benches})
      get_filename_component(bench ${file} NAME_WE)
      add_executable(${bench} ${file})
      target_link_libraries(${bench} PRIVATE ${target} linnet_flags benchmark::benchmark_main)
    endforeach()
  endif()
endfunction()

# A program of a module: NAME from <file>_main.cc, linked to the module and what it names.
function(linnet_program program file)
  cmake_parse_arguments(P "" "" "DEPS;LINK" ${ARGN})
  list(TRANSFORM P_DEPS PREPEND linnet_ OUTPUT_VARIABLE deps)
  add_executable(${program} ${file})
  target_link_libraries(${program} PRIVATE ${deps} ${P_LINK} linnet_flags)
endfunction()
