/// Errors that a user can cause, and the place in the user's input where they did.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
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

/// A parameter that does not go with what stands around its stage. Whoever knows where it was written makes a
/// ConfigError of it.
class ParameterError : public std::invalid_argument {
 public:
  /// @param good  a value that would do
  ParameterError(std::string parameter, const std::string& problem, std::string good)
      : std::invalid_argument(problem), parameter_(std::move(parameter)), good_(std::move(good)) {}
  const std::string& parameter() const { return parameter_; }
  const std::string& good() const { return good_; }

 private:
  std::string parameter_, good_;
};

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to suggest.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// " Did you mean 'x'?" for the nearest candidate, or "" when there is none.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace blkpath
