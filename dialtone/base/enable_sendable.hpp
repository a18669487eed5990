// SPDX-License-Identifier: Apache-2.0
// The door into the closed world of messages, in a header of its own so that handles need not include the whole world.
// Whoever writes a class may open it, beside the class; see sendable.hpp for what needs no opening.
#pragma once

namespace dialtone {

/// Specialised as true by the author of a class whose values share no memory that anybody can write to, or guard it:
///     template <> inline constexpr bool dialtone::enable_sendable<my_type> = true;
/// Nothing inside such a class is inspected any more, and it must be movable, and safe to destroy on another thread.
template <class T>
inline constexpr bool enable_sendable = false;

}  // namespace dialtone
