/// Parts: hardware that one can buy or has measured, as a file of parameters for a model.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/config_tree.hpp"

namespace blkpath {

/// What a part costs, where that is known or guessed.
struct Price {
  double usd = 0;
  std::string when;  ///< "2008" or "2008-03"
  Provenance provenance;
};
struct Power {
  double idle_w = 0, active_w = 0;
  std::string source;
};

/// What a part's file says:
///
///     part: Seagate ST3146855FC
///     model: disk
///     provenance: datasheet            # of all parameters that do not say otherwise
///     source: "product manual, rev. B"
///     params: {rpm: 15000, ...}
///
/// and in the catalogue also:
///
///     kind: disk                       # disk, ssd, hba, link, switch, enclosure
///     date: 2007-05                    # on the market since
///     price: {usd: 360, when: 2008-03, provenance: assumed, source: "street price of the class"}
///     power: {idle_w: 11.9, active_w: 17.4, source: "product manual, section 6"}
struct Part {
  std::string file, name, model, kind, date;
  std::optional<Price> price;
  std::optional<Power> power;
  ConfigMap params;  ///< each with a provenance
};

/// Reads a part and checks its parameters against its model.
/// @param from, key  what names the file, for the message when it cannot be read
/// @throws ConfigError
Part load_part(const std::string& path, const Place& from = {}, const std::string& key = "--part");

/// The part's parameters, overlaid with those of `over`.
ConfigMap with(const ConfigMap& part, const ConfigMap& over);
/// "key=value" as a parameter, for the command line. @throws ConfigError
std::pair<std::string, ConfigValue> parse_parameter(const std::string& assignment);

/// The text of a part's file.
/// @param comments  lines that stand at its beginning, without '#'
std::string part_text(const Part& part, const std::vector<std::string>& comments);

}  // namespace blkpath
