# SPDX-License-Identifier: Apache-2.0
# Installs BUILD below PLACE, moves it (a package is not bound to where it was installed first), and builds the project
# CONSUMER with PROGRAMS (separated by commas) against it.
cmake_minimum_required(VERSION 3.25)

function(step)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${PLACE})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${PLACE}/first)
file(RENAME ${PLACE}/first ${PLACE}/prefix)
step(${CMAKE_COMMAND} -S ${CONSUMER} -B ${PLACE}/build -G ${GENERATOR}
  -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=${BUILD_TYPE} -D CMAKE_PREFIX_PATH=${PLACE}/prefix
  -D PROGRAMS=${PROGRAMS})
step(${CMAKE_COMMAND} --build ${PLACE}/build -j 2)
