// SPDX-License-Identifier: Apache-2.0
// What `dialtone serve` starts: the supervision tree, as a specification, which `dialtone tree` draws. A listener for
// each endpoint, and the room of those of chat. Pure: nothing is started here.
#pragma once

#include <string>
#include <vector>

#include <apps/serve_options.hpp>
#include <dialtone/otp/supervisor.hpp>

namespace dialtone::apps {

/// The children's ids, which are the registered names of their processes too: "echo tcp://127.0.0.1:5555", the second
/// of the same text with " (2)". In the order of the services.
std::vector<std::string> names_of(const std::vector<served>& services);

supervisor_spec serve_tree(const serve_options& options);

}  // namespace dialtone::apps
