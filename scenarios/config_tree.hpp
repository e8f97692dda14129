/// A scenario file as a tree in which every value knows its file and line; `extends` and `--set` merge trees.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/core/params.hpp"

namespace blkpath {

/// One YAML node. Maps keep the order in which the user wrote them.
struct Config {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;
  std::vector<Config> items;
  struct Entry;
  std::vector<Entry> entries;

  const Config* find(std::string_view key) const;
  Config* find(std::string_view key);
  std::vector<std::string> keys() const;
};
struct Config::Entry {
  std::string key;
  Config value;
};

/// Reads a YAML file. `extends: FILE` (relative to the file that says so) is read first and then overlaid:
/// maps merge key by key, everything else replaces.
/// @throws ConfigError  unreadable, bad YAML, a key twice, files that extend one another in a circle
Config load_config(const std::string& path);
Config parse_config(const std::string& text, const std::string& file_name);

/// Overlays `over` on `base`.
void overlay(Config& base, const Config& over);

/// Applies `--set a.b.c=value`; the value is read as YAML, so lists work too.
/// @throws ConfigError when there is no '=' or the key is empty
void apply_set(Config& root, std::string_view assignment);

/// A value as read_params wants it. A map with `value` states its provenance:
/// `{value: 40us, provenance: fitted, source: cases/x.yaml, standard_error: 2us}`.
/// @param key  dotted name for messages
ConfigValue to_value(const Config& config, const std::string& key);
/// All of a map's entries but those in `except`, as values.
ConfigMap to_section(const Config& map, const std::string& key, const std::vector<std::string>& except = {});

}  // namespace blkpath
