// SPDX-License-Identifier: Apache-2.0
// All protocols, for programs: what dialtone.hpp is for the rest. Each is a namespace of its own (dialtone::echo), with
// a codec, a server and a client; who needs one includes its headers.
#pragma once

#include <dialtone/protocols/chat/client.hpp>
#include <dialtone/protocols/chat/protocol.hpp>
#include <dialtone/protocols/chat/room.hpp>
#include <dialtone/protocols/chat/server.hpp>
#include <dialtone/protocols/daytime/client.hpp>
#include <dialtone/protocols/daytime/protocol.hpp>
#include <dialtone/protocols/daytime/server.hpp>
#include <dialtone/protocols/echo/client.hpp>
#include <dialtone/protocols/echo/protocol.hpp>
#include <dialtone/protocols/echo/server.hpp>
#include <dialtone/protocols/hello/client.hpp>
#include <dialtone/protocols/hello/protocol.hpp>
#include <dialtone/protocols/hello/server.hpp>
