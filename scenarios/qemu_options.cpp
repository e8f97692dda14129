#include "scenarios/qemu_options.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace blkpath {
namespace {

void flatten(const nlohmann::json& value, const std::string& key, QemuOptions& into) {
  const std::string dot = key.empty() ? "" : key + ".";
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) flatten(inner, dot + name, into);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) flatten(value[i], dot + std::to_string(i), into);
  } else if (value.is_string()) {
    into.entries.emplace_back(key, value.get<std::string>());
  } else if (value.is_boolean()) {
    into.entries.emplace_back(key, value.get<bool>() ? "on" : "off");
  } else {
    into.entries.emplace_back(key, value.dump());
  }
}

void parse_json(std::string_view text, QemuOptions& into, const Place& place) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    throw ConfigError(place, into.where,
                      "'" + std::string(text) +
                          R"(' is not a JSON object; in a shell it needs single quotes, for example )"
                          R"('{"driver":"raw","node-name":"d0"}')");
  flatten(json, "", into);
}

bool covers(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with(".*")) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool contains(const std::vector<std::string_view>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view p) { return covers(p, name); });
}

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

std::vector<std::string> known_names(const OptionTable& table, const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto* list : {&table.used, &table.harmless, &table.not_modelled})
    for (const std::string_view entry : *list) names.push_back(prefix + std::string(name_of(entry)));
  return names;
}
}  // namespace

const std::string* QemuOptions::find(std::string_view key) const {
  const auto at =
      std::find_if(entries.rbegin(), entries.rend(), [&](const auto& entry) { return entry.first == key; });
  return at == entries.rend() ? nullptr : &at->second;
}

std::string QemuOptions::get(std::string_view key, std::string_view fallback) const {
  const std::string* value = find(key);
  return value ? *value : std::string(fallback);
}

bool QemuOptions::has_prefix(std::string_view prefix) const {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& e) { return e.first.starts_with(prefix); });
}

QemuOptions parse_qemu_options(std::string_view where, std::string_view text, std::string_view implied_key,
                               const Place& place) {
  QemuOptions options{std::string(where), {}};
  if (text.starts_with('{')) {
    parse_json(text, options, place);
    return options;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string item;
    for (; i < text.size(); ++i) {
      if (text[i] == ',') {
        if (i + 1 == text.size() || text[i + 1] != ',') break;
        ++i;
      }
      item.push_back(text[i]);
    }
    const std::size_t equals = item.find('=');
    if (equals == 0 || item.empty())
      throw ConfigError(
          place, where,
          "'" + std::string(text) + "' has an option without a name; use name=value,name=value");
    if (equals != std::string::npos)
      options.entries.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    else if (options.entries.empty() && !implied_key.empty())
      options.entries.emplace_back(implied_key, item);
    else
      options.entries.emplace_back(item, "on");
  }
  return options;
}

void check_names(const QemuOptions& options, const OptionTable& table, const Place& place,
                 std::vector<std::string>& not_modelled) {
  for (const auto& [key, value] : options.entries) {
    const OptionTable* group = &table;
    std::string_view name = key;
    while (name.starts_with("file.")) {
      name.remove_prefix(5);
      group = &kNodeOptions;
    }
    if (contains(group->used, name) || contains(group->harmless, name)) continue;
    const auto left_out = std::find_if(group->not_modelled.begin(), group->not_modelled.end(),
                                       [&](std::string_view entry) { return covers(name_of(entry), name); });
    if (left_out == group->not_modelled.end()) {
      const std::string prefix = key.substr(0, key.size() - name.size());
      std::string hint = did_you_mean(key, known_names(*group, prefix));
      if (hint.empty()) hint = " It takes for example '" + prefix + std::string(group->used.front()) + "'.";
      throw ConfigError(place, options.where, "'" + key + "' is not an option of it." + hint);
    }
    const std::size_t equals = left_out->find('=');
    if (equals != std::string_view::npos && left_out->substr(equals + 1) == value) continue;
    not_modelled.push_back(options.where + " " + key + "=" + value);
  }
}

}  // namespace blkpath
