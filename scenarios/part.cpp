#include "scenarios/part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/core/registry.hpp"
#include "scenarios/stage_specs.hpp"

namespace blkpath {
namespace {

const Config& need(const Config& root, const char* key, const char* example) {
  const Config* found = root.find(key);
  if (!found)
    throw ConfigError(root.place, key, fmt::format("is missing, for example '{}: {}'", key, example));
  return *found;
}

std::string yaml(const ConfigValue& v) {
  if (!v.is_list) return v.text;
  std::string out = "[";
  for (const ConfigValue& item : v.items) {
    if (out.size() > 1) out += item.is_list ? ",\n      " : ", ";
    out += yaml(item);
  }
  return out + "]";
}

}  // namespace

Part load_part(const std::string& path) {
  const Config root = load_config(path);
  static const std::vector<std::string> kKnown{"part",    "model", "provenance", "source", "params",
                                               "extends", "kind",  "date",       "price",  "power"};
  for (const auto& [key, value] : root.entries)
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end())
      throw ConfigError(value.place, key, "unknown key." + did_you_mean(key, kKnown));
  Part part;
  part.file = path;
  part.name = parse_word(need(root, "part", "Seagate ST3146855FC"), "part", "Seagate ST3146855FC");
  const Config& model = need(root, "model", "disk");
  part.model = parse_word(model, "model", "disk");
  const ModelInfo& info = find_model(part.model, model.place, "model");
  part.params = to_section(need(root, "params", "{rpm: 15000}"), "params");
  Provenance provenance = assumed("the part's file gives no source");
  if (const Config* kind = root.find("provenance")) {
    try {
      provenance.kind = parse_provenance(parse_word(*kind, "provenance", "datasheet"));
    } catch (const std::invalid_argument& e) {
      throw ConfigError(kind->place, "provenance", e.what());
    }
  }
  if (const Config* source = root.find("source"))
    provenance.source = parse_word(*source, "source", "product manual, rev. B");
  for (auto& [key, value] : part.params.entries)
    if (!value.provenance) value.provenance = provenance;
  info.make(part.params, "params");  // its checks
  return part;
}

ConfigMap with(const ConfigMap& part, const ConfigMap& over) {
  ConfigMap all = part;
  all.place = over.place;
  for (const auto& entry : over.entries) {
    const auto same = std::find_if(all.entries.begin(), all.entries.end(),
                                   [&](const auto& mine) { return mine.first == entry.first; });
    if (same == all.entries.end())
      all.entries.push_back(entry);
    else
      *same = entry;
  }
  return all;
}

std::pair<std::string, ConfigValue> parse_parameter(const std::string& assignment) {
  Config root;
  root.kind = Config::Kind::map;
  apply_set(root, assignment);
  const auto& [key, value] = root.entries.front();
  return {key, to_value(value, key)};
}

std::string part_text(const Part& part, const std::vector<std::string>& comments) {
  std::string out;
  for (const std::string& line : comments) out += "# " + line + "\n";
  out += fmt::format("part: {}\nmodel: {}\nparams:\n", part.name, part.model);
  for (const auto& [name, value] : part.params.entries) {
    const Provenance p = value.provenance.value_or(assumed());
    out += fmt::format("  {}: {{provenance: {}, ", name, to_string(p.kind));
    if (!p.source.empty()) out += fmt::format("source: \"{}\", ", p.source);
    if (!p.standard_error.empty()) out += fmt::format("standard_error: {}, ", p.standard_error);
    out += fmt::format("value: {}}}\n", yaml(value));
  }
  return out;
}

}  // namespace blkpath
