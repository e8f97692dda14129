/// Errors that a user can cause, and the place in the user's input where they did.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace blkpath {

/// Where in the user's input something stands. An empty file means the command line.
struct Place {
  std::string file;
  int line = 0;  ///< 1-based; 0 when the input has no lines

  /// "fc.yaml:12", "fc.yaml" or "command line".
  std::string str() const;
};

/// Wrong input: says where, which key, which value, and what a good one looks like. `main` prints it and
/// exits 2, with nothing written.
class ConfigError : public std::runtime_error {
 public:
  /// @param place    file and line
  /// @param key      dotted name as the user would write it, e.g. "fc_link.rate"; may be empty
  /// @param problem  what is wrong and an example of a good value, e.g.
  ///                 "'850' needs a number and a unit, for example '850MB/s'"
  ConfigError(const Place& place, std::string_view key, std::string_view problem);
};

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to suggest.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// " Did you mean 'x'?" for the nearest candidate, or "" when there is none.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace blkpath
