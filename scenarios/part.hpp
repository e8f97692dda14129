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

/// What a server has for the software stages to run on.
struct HostFacts {
  int sockets = 0, cores = 0;  ///< cores of all sockets
  double ghz = 0;
  Bytes memory{0};
  std::string slots;  ///< for adapters, in words
  Provenance provenance;
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
///     kind: disk                       # disk, ssd, hba, link, switch, enclosure, server
///     date: 2007-05                    # on the market since
///     price: {usd: 360, when: 2008-03, provenance: assumed, source: "street price of the class"}
///     power: {idle_w: 11.9, active_w: 17.4, source: "product manual, section 6"}
///
/// A server stands on no path: in place of a model and its parameters it has
///
///     host: {sockets: 2, cores: 8, ghz: 2.33, memory: 16GiB, slots: "2 PCIe x8", source: "its manual"}
struct Part {
  std::string file, name, model, kind, date;
  std::optional<Price> price;
  std::optional<Power> power;
  std::optional<HostFacts> host;
  ConfigMap params;  ///< each with a provenance
};

/// Reads what can stand on a path, and checks its parameters against its model.
/// @param from, key  what names the file, for the message when it cannot be read
/// @throws ConfigError
Part load_part(const std::string& path, const Place& from = {}, const std::string& key = "--part");
/// The same, and servers too.
Part load_any_part(const std::string& path, const Place& from = {}, const std::string& key = "--part");

/// The part's parameters, overlaid with those of `over`.
ConfigMap with(const ConfigMap& part, const ConfigMap& over);
/// "key=value" as a parameter, for the command line. @throws ConfigError
std::pair<std::string, ConfigValue> parse_parameter(const std::string& assignment);

/// The text of a part's file.
/// @param comments  lines that stand at its beginning, without '#'
std::string part_text(const Part& part, const std::vector<std::string>& comments);

}  // namespace blkpath
