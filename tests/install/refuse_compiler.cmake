# SPDX-License-Identifier: Apache-2.0
# Configures, with a COMPILER that Dialtone refuses, OF=build its own SOURCE or OF=package the consumer of the package
# installed below PLACE, and expects the sentence that says why and what to install.
cmake_minimum_required(VERSION 3.25)

set(project ${SOURCE})
if(OF STREQUAL "package")
  set(project ${CMAKE_CURRENT_LIST_DIR}/consumer)
endif()

file(REMOVE_RECURSE ${SCRATCH})
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env CXX=${COMPILER} ${CMAKE_COMMAND} -S ${project} -B ${SCRATCH} -G ${GENERATOR}
    -D CMAKE_PREFIX_PATH=${PLACE}/prefix
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
# CMake wraps a message where it likes.
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(result EQUAL 0)
  message(FATAL_ERROR "${COMPILER} was not refused:\n${output}")
endif()
if(NOT output MATCHES "GCC 12[.0-9]* destroys some temporaries in co_await expressions twice .*install clang-19")
  message(FATAL_ERROR "the refusal does not say why and what to install:\n${output}")
endif()
