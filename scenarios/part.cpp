#include "scenarios/part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

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

/// As a double-quoted YAML scalar.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
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

void check_keys(const Config& map, const std::string& key, const std::vector<std::string>& known) {
  if (map.kind != Config::Kind::map)
    throw ConfigError(map.place, key, fmt::format("needs the keys {}", fmt::join(known, ", ")));
  for (const auto& [name, value] : map.entries)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw ConfigError(value.place, key.empty() ? name : key + "." + name,
                        "unknown key." + did_you_mean(name, known));
}
std::string word_of(const Config& map, const std::string& section, const char* key, const char* example) {
  const Config* found = map.find(key);
  if (!found)
    throw ConfigError(map.place, section + "." + key, fmt::format("is missing, for example '{}'", example));
  return parse_word(*found, section + "." + key, example);
}
/// @param parse  its text; throws std::invalid_argument
template <class Parse>
auto quantity(const Config& map, const std::string& section, const char* key, const char* example,
              Parse&& parse) {
  const std::string text = word_of(map, section, key, example);
  try {
    if (const auto v = parse(text); v >= decltype(v){}) return v;
  } catch (const std::invalid_argument&) {
  }
  throw ConfigError(map.find(key)->place, section + "." + key,
                    fmt::format("'{}' is not an amount, for example '{}'", text, example));
}
double amount(const Config& map, const std::string& section, const char* key, const char* example) {
  return quantity(map, section, key, example, parse_real);
}
/// "2008" or "2008-03".
std::string month(const std::string& text, const Place& place, const std::string& key) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  bool good = text.size() == 4 || (text.size() == 7 && text[4] == '-');
  for (std::size_t i = 0; good && i < text.size(); ++i) good = i == 4 || digit(i);
  if (!good)
    throw ConfigError(place, key, fmt::format("'{}' is not a year or a month, for example '2008-03'", text));
  return text;
}
Provenance provenance_of(const Config& map, const std::string& section, Provenance provenance) {
  const std::string prefix = section.empty() ? "" : section + ".";
  if (const Config* kind = map.find("provenance")) {
    try {
      provenance.kind = parse_provenance(parse_word(*kind, prefix + "provenance", "datasheet"));
    } catch (const std::invalid_argument& e) {
      throw ConfigError(kind->place, prefix + "provenance", e.what());
    }
  }
  if (const Config* source = map.find("source"))
    provenance.source = parse_word(*source, prefix + "source", "product manual, rev. B");
  return provenance;
}

void read_market(const Config& root, Part& part) {
  static const std::vector<std::string> kKinds{"disk", "ssd", "hba", "link", "switch", "enclosure", "server"};
  if (const Config* kind = root.find("kind")) {
    part.kind = parse_word(*kind, "kind", "disk");
    if (std::find(kKinds.begin(), kKinds.end(), part.kind) == kKinds.end())
      throw ConfigError(kind->place, "kind",
                        fmt::format("'{}' is not one of {}", part.kind, fmt::join(kKinds, ", ")));
  }
  if (const Config* date = root.find("date"))
    part.date = month(parse_word(*date, "date", "2007-05"), date->place, "date");
  if (const Config* price = root.find("price")) {
    check_keys(*price, "price", {"usd", "when", "provenance", "source"});
    part.price = Price{amount(*price, "price", "usd", "360"),
                       month(word_of(*price, "price", "when", "2008-03"), price->place, "price.when"),
                       provenance_of(*price, "price", assumed())};
    if (part.price->provenance.source.empty())
      throw ConfigError(
          price->place, "price.source",
          "is missing: a shop's page, or why the price is assumed, for example 'street price of the class'");
  }
  if (const Config* power = root.find("power")) {
    check_keys(*power, "power", {"idle_w", "active_w", "source"});
    part.power = Power{amount(*power, "power", "idle_w", "11.9"), amount(*power, "power", "active_w", "17.4"),
                       word_of(*power, "power", "source", "product manual, section 6")};
  }
}

HostFacts host_of(const Config& host, const Provenance& provenance) {
  check_keys(host, "host", {"sockets", "cores", "ghz", "memory", "slots", "provenance", "source"});
  const auto count = [&](const char* key, const char* example) {
    return quantity(host, "host", key, example,
                    [](const std::string& text) { return static_cast<int>(parse_count(text)); });
  };
  return {count("sockets", "2"),
          count("cores", "8"),
          amount(host, "host", "ghz", "2.33"),
          quantity(host, "host", "memory", "16GiB", parse_bytes),
          word_of(host, "host", "slots", "2 PCIe x8"),
          provenance_of(host, "host", provenance)};
}

}  // namespace

Part load_part(const std::string& path, const Place& from, const std::string& key) {
  Part part = load_any_part(path, from, key);
  if (part.host)
    throw ConfigError(from, key,
                      fmt::format("'{}' is a server, which stands on no path; take a part that has a model, "
                                  "for example a disk",
                                  path));
  return part;
}

Part load_any_part(const std::string& path, const Place& from, const std::string& key) {
  if (!std::filesystem::is_regular_file(path))
    throw ConfigError(from, key, fmt::format("there is no file '{}'", path));
  const Config root = load_config(path);
  check_keys(root, "",
             {"part", "model", "provenance", "source", "params", "extends", "kind", "date", "price", "power",
              "host"});
  Part part;
  part.file = path;
  part.name = parse_word(need(root, "part", "Seagate ST3146855FC"), "part", "Seagate ST3146855FC");
  read_market(root, part);
  const Provenance provenance = provenance_of(root, "", assumed("the part's file gives no source"));
  if (const Config* host = root.find("host")) {
    part.host = host_of(*host, provenance);
    return part;
  }
  const Config& model = need(root, "model", "disk");
  part.model = parse_word(model, "model", "disk");
  const ModelInfo& info = find_model(part.model, model.place, "model");
  part.params = to_section(need(root, "params", "{rpm: 15000}"), "params");
  for (auto& [name, value] : part.params.entries)
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
  out += fmt::format("part: {}\n", quoted(part.name));
  if (!part.kind.empty()) out += fmt::format("kind: {}\n", part.kind);
  out += fmt::format("model: {}\n", part.model);
  if (!part.date.empty()) out += fmt::format("date: {}\n", part.date);
  if (part.price)
    out += fmt::format("price: {{usd: {}, when: {}, provenance: {}, source: {}}}\n", part.price->usd,
                       part.price->when, to_string(part.price->provenance.kind),
                       quoted(part.price->provenance.source));
  if (part.power)
    out += fmt::format("power: {{idle_w: {}, active_w: {}, source: {}}}\n", part.power->idle_w,
                       part.power->active_w, quoted(part.power->source));
  out += "params:\n";
  for (const auto& [name, value] : part.params.entries) {
    const Provenance p = value.provenance.value_or(assumed());
    out += fmt::format("  {}: {{provenance: {}, ", name, to_string(p.kind));
    if (!p.source.empty()) out += fmt::format("source: {}, ", quoted(p.source));
    if (!p.standard_error.empty()) out += fmt::format("standard_error: {}, ", p.standard_error);
    out += fmt::format("value: {}}}\n", yaml(value));
  }
  return out;
}

}  // namespace blkpath
