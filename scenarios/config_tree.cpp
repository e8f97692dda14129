#include "scenarios/config_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace blkpath {
namespace {

constexpr int kDeepest = 64;  // an alias may stand inside of what it names, and would never end

Config convert(const YAML::Node& node, const std::string& file, int depth = 0) {
  Config c;
  c.place = {file, node.Mark().line >= 0 && !file.empty() ? node.Mark().line + 1 : 0};
  if (depth > kDeepest)
    throw ConfigError(
        c.place, "", fmt::format("is nested more than {} levels deep; does an alias name itself?", kDeepest));
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      c.kind = Config::Kind::scalar;
      c.text = node.Scalar();
      break;
    case YAML::NodeType::Sequence:
      c.kind = Config::Kind::list;
      for (const YAML::Node& item : node) c.items.push_back(convert(item, file, depth + 1));
      break;
    case YAML::NodeType::Map:
      c.kind = Config::Kind::map;
      for (const auto& entry : node) {
        const Place place{file, file.empty() ? 0 : entry.first.Mark().line + 1};
        if (!entry.first.IsScalar())
          throw ConfigError(place, "", "a key must be one word, for example 'size: 100GiB'");
        const std::string key = entry.first.Scalar();
        if (const Config* first = c.find(key))
          throw ConfigError(place, key,
                            file.empty()
                                ? std::string("stands here for the second time")
                                : fmt::format("stands here for the second time; the first is in line {}",
                                              first->place.line));
        Config value = convert(entry.second, file, depth + 1);
        value.place = place;  // a block map begins on the line after its key
        c.entries.push_back({key, std::move(value)});
      }
      break;
    default:
      break;
  }
  return c;
}

/// @param key  what the text was given for, for messages; empty for a file
Config parse_yaml(const std::string& text, const std::string& file, const std::string& key) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1)
      throw ConfigError({file, documents[1].Mark().line + 1}, key,
                        "a second YAML document begins here; a file holds one");
    return documents.empty() ? convert(YAML::Node(), file) : convert(documents.front(), file);
  } catch (const YAML::Exception& e) {
    throw ConfigError({file, file.empty() ? 0 : e.mark.line + 1}, key, "not YAML: " + e.msg);
  }
}

std::string read_whole(const std::string& path, const Place& asked_by, const std::string& key) {
  const auto fail = [&](std::string_view why) {
    throw ConfigError(asked_by, key, fmt::format("cannot read '{}': {}", path, why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("it is a folder; a scenario is one file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (!in) fail(std::generic_category().message(errno));
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || text.fail()) fail("reading it failed");
  return text.str();
}

Config load(const std::string& path, std::vector<std::string>& chain, const Place& asked_by) {
  std::error_code ignored;
  const std::string canonical = std::filesystem::weakly_canonical(path, ignored).string();
  if (std::find(chain.begin(), chain.end(), canonical) != chain.end())
    throw ConfigError(asked_by, "extends",
                      fmt::format("'{}' extends itself, by way of the files it extends", path));
  chain.push_back(canonical);
  const std::string text = read_whole(path, asked_by, chain.size() > 1 ? "extends" : "SCENARIO");
  Config own = parse_config(text, path);
  if (own.kind != Config::Kind::map)
    throw ConfigError({path, 1}, "", "a scenario is a map of keys, for example 'job: guestrun.fio'");
  const Config* extends = own.find("extends");
  if (!extends) return own;
  if (extends->kind != Config::Kind::scalar)
    throw ConfigError(extends->place, "extends", "needs one file name, for example 'extends: common.yaml'");
  const std::string parent = (std::filesystem::path(path).parent_path() / extends->text).string();
  Config base = load(parent, chain, extends->place);
  overlay(base, own);
  base.place = own.place;
  return base;
}

}  // namespace

const Config* Config::find(std::string_view key) const {
  for (const auto& [k, value] : entries)
    if (k == key) return &value;
  return nullptr;
}
Config* Config::find(std::string_view key) { return const_cast<Config*>(std::as_const(*this).find(key)); }
std::vector<std::string> Config::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, value] : entries) all.push_back(key);
  return all;
}

Config parse_config(const std::string& text, const std::string& file_name) {
  return parse_yaml(text, file_name, "");
}

Config load_config(const std::string& path) {
  std::vector<std::string> chain;
  return load(path, chain, Place{});
}

void overlay(Config& base, const Config& over) {
  // {value: ..., provenance: ...} is one value: a new one does not inherit the old one's provenance.
  const auto has_value = [](const Config& c) {
    const Config* value = c.find("value");
    return value && value->kind != Config::Kind::map;  // a stage of that name is a map
  };
  const bool is_value = has_value(over) || has_value(base);
  if (base.kind != Config::Kind::map || over.kind != Config::Kind::map || is_value) {
    base = over;
    return;
  }
  for (const auto& [key, value] : over.entries) {
    if (Config* mine = base.find(key))
      overlay(*mine, value);
    else
      base.entries.push_back({key, value});
  }
}

void apply_set(Config& root, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw ConfigError({}, "--set",
                      fmt::format("'{}' needs a key and a value, for example 'disk.cache=none'", assignment));
  std::string path(assignment.substr(0, equals));
  Config over = parse_yaml(std::string(assignment.substr(equals + 1)), "", path);
  if (path == "extends") throw ConfigError({}, "extends", "only a file can say what it extends");
  for (std::size_t dot = path.rfind('.');; dot = path.rfind('.')) {
    Config outer;
    outer.kind = Config::Kind::map;
    const std::string key = path.substr(dot == std::string::npos ? 0 : dot + 1);
    if (key.empty())
      throw ConfigError({}, "--set",
                        fmt::format("'{}' has an empty key, a good one is 'disk.cache=none'", assignment));
    outer.entries.push_back({key, std::move(over)});
    over = std::move(outer);
    if (dot == std::string::npos) break;
    path.resize(dot);
  }
  overlay(root, over);
}

ConfigValue to_value(const Config& config, const std::string& key) {
  ConfigValue v;
  v.place = config.place;
  if (config.kind == Config::Kind::map) {
    const Config* value = config.find("value");
    if (!value)
      throw ConfigError(config.place, key,
                        "a map stands where one value is wanted; a value with its source is "
                        "'{value: 40us, provenance: measured, source: ...}'");
    if (value->kind == Config::Kind::map)
      throw ConfigError(value->place, key + ".value", "a map stands where one value is wanted");
    v = to_value(*value, key);
    v.place = value->place;
    Provenance provenance;
    for (const auto& [name, entry] : config.entries) {
      if (name == "value") continue;
      if (entry.kind != Config::Kind::scalar)
        throw ConfigError(entry.place, key + "." + name,
                          "needs one value, for example '{value: 40us, provenance: measured}'");
      if (name == "provenance") {
        try {
          provenance.kind = parse_provenance(entry.text);
        } catch (const std::invalid_argument& e) {
          throw ConfigError(entry.place, key + ".provenance", e.what());
        }
      } else if (name == "source") {
        provenance.source = entry.text;
      } else if (name == "standard_error") {
        provenance.standard_error = entry.text;
      } else {
        throw ConfigError(
            entry.place, key + "." + name,
            "unknown key." + did_you_mean(name, {"value", "provenance", "source", "standard_error"}));
      }
    }
    if (provenance.kind == Provenance::Kind::fitted && provenance.source.empty())
      throw ConfigError(
          config.place, key + ".source",
          "is missing: what the value was fitted to, for example 'source: validate/cases/my-case'");
    v.provenance = provenance;
  } else if (config.kind == Config::Kind::list) {
    v.is_list = true;
    for (const Config& item : config.items) v.items.push_back(to_value(item, key));
  } else {
    v.text = config.text;
  }
  return v;
}

ConfigMap to_section(const Config& map, const std::string& key, const std::vector<std::string>& except) {
  ConfigMap section;
  section.place = map.place;
  if (map.kind == Config::Kind::null) return section;
  if (map.kind != Config::Kind::map)
    throw ConfigError(map.place, key,
                      fmt::format("{} stands where keys are wanted, for example '{}: {{name: value}}'",
                                  map.kind == Config::Kind::list ? "a list" : "'" + map.text + "'", key));
  for (const auto& [name, value] : map.entries)
    if (std::find(except.begin(), except.end(), name) == except.end())
      section.entries.emplace_back(name, to_value(value, key + "." + name));
  return section;
}

}  // namespace blkpath
