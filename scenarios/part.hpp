/// Parts: hardware that one can buy or has measured, as a file of parameters for a model.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "scenarios/config_tree.hpp"

namespace blkpath {

/// What a part's file says:
///
///     part: Seagate ST3146855FC
///     model: disk
///     provenance: datasheet            # of all parameters that do not say otherwise
///     source: "product manual, rev. B"
///     params: {rpm: 15000, ...}
struct Part {
  std::string file, name, model;
  ConfigMap params;  ///< each with a provenance
};

/// Reads a part and checks its parameters against its model.
/// @throws ConfigError
Part load_part(const std::string& path);

/// The part's parameters, overlaid with those of `over`.
ConfigMap with(const ConfigMap& part, const ConfigMap& over);
/// "key=value" as a parameter, for the command line. @throws ConfigError
std::pair<std::string, ConfigValue> parse_parameter(const std::string& assignment);

/// The text of a part's file.
/// @param comments  lines that stand at its beginning, without '#'
std::string part_text(const Part& part, const std::vector<std::string>& comments);

}  // namespace blkpath
