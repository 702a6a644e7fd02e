#pragma once

#include <string>
#include <vector>

#include "config/section.h"

namespace slipway::config {

// What to do instead, where the environment of the command holds what is needed.
constexpr std::string_view shell_puts_in = "a shell can: [\"sh\", \"-c\", \"…\"]";

// A command in whose words nothing is put in for ${NAME}: one that reached the program as it stands is
// reported. What follows -c is a shell's script, and the shell's business. `whose`: "a smoke test's command";
// `hint`: where the program finds what it needs.
std::vector<std::string> read_plain_command(const Field& field, std::string_view whose, std::string_view hint,
                                            Problems& problems);

}  // namespace slipway::config
