/// From sections of a scenario to the list of stages below the jobs; a part of the loader.
#pragma once
#include <string>

#include "scenarios/scenario.hpp"

namespace blkpath {

/// Keys of the sections that software stages read their parameters from.
const std::vector<std::string>& software_sections();

/// Reads `value` with `parse`, which throws std::invalid_argument; adds place and key to what it says.
/// @param example  a good value, for when there is none at all
template <class F>
auto parse_scalar(const Config& value, const std::string& key, const std::string& example, F&& parse) {
  if (value.kind != Config::Kind::scalar)
    throw ConfigError(
        value.place, key,
        std::string(value.kind == Config::Kind::null   ? "has no value"
                    : value.kind == Config::Kind::list ? "a list stands where one value is wanted"
                                                       : "a map stands where one value is wanted") +
            ", for example '" + example + "'");
  try {
    return parse(value.text);
  } catch (const std::invalid_argument& e) {
    throw ConfigError(value.place, key, e.what());
  }
}
std::string parse_word(const Config& value, const std::string& key, const std::string& example);

/// Adds stages and engines to `scenario`, whose jobs and disk have been read.
/// @throws ConfigError
void add_stages(const Config& root, Scenario& scenario);

}  // namespace blkpath
