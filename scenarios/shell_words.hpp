/// Splits a command line into words as a shell does, for QEMU lines pasted from scripts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/core/error.hpp"

namespace blkpath {

/// Words of `line`: blanks and newlines separate, single and double quotes and backslashes protect, a
/// backslash before a newline joins the lines. Variables, globs and redirections are left as they stand.
/// @throws ConfigError when a quote is not closed
std::vector<std::string> shell_words(std::string_view line, const Place& place);

}  // namespace blkpath
