// SPDX-License-Identifier: Apache-2.0
// Everything, for programs. Rooms include only what they need.
#pragma once

#include <dialtone/base/bytes.hpp>
#include <dialtone/base/sendable.hpp>
#include <dialtone/base/time.hpp>
#include <dialtone/otp/application.hpp>
#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_many.hpp>
#include <dialtone/otp/async_stream.hpp>
#include <dialtone/otp/dynamic_supervisor.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/gen_statem.hpp>
#include <dialtone/otp/partitions.hpp>
#include <dialtone/otp/registry.hpp>
#include <dialtone/otp/request_ids.hpp>
#include <dialtone/otp/sketch.hpp>
#include <dialtone/otp/supervisor.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/multicast.hpp>
#include <dialtone/runtime/pid.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/task.hpp>
#include <dialtone/runtime/timers.hpp>
