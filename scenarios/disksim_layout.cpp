// DiskSim's dm_layout_g1 and dm_layout_g4.
#include <algorithm>
#include <array>

#include "hw/disk_params.hpp"
#include "scenarios/part_import.hpp"

namespace blkpath {
namespace {

using Value = DiskSimValue;

void measured_zones(const Value& layout, PartImport& part) {
  static constexpr std::array kOrder{TrackOrder::ascending, TrackOrder::serpentine,
                                     TrackOrder::serpentine_of_disk};
  static constexpr std::array kSparing{Sparing::none,
                                       Sparing::tracks_of_zone,
                                       Sparing::cylinder,
                                       Sparing::track,
                                       Sparing::cylinder_apart,
                                       Sparing::cylinder_front,
                                       Sparing::cylinder_front_apart,
                                       Sparing::disk,
                                       Sparing::range,
                                       Sparing::zone,
                                       Sparing::zone_apart};
  const auto choose = [&](const char* key, const auto& names) {
    const std::int64_t n = layout.integer(key, "1");
    if (n < 0 || n >= static_cast<std::int64_t>(names.size()))
      throw ConfigError(layout.at(key, "1").place, key,
                        fmt::format("'{}' is not in 0 to {}", n, names.size() - 1));
    return names[static_cast<std::size_t>(n)];
  };
  part.set("track_order", choose("LBN-to-PBN mapping scheme", kOrder), "LBN-to-PBN mapping scheme");
  part.set("sparing", choose("Sparing scheme used", kSparing), "Sparing scheme used");
  part.set("spare_range",
           static_cast<int>(std::max<std::int64_t>(1, layout.integer("Rangesize for sparing", "1"))),
           "Rangesize for sparing");
  std::vector<TrackZone> zones;
  std::vector<SlippedSector> slips;
  std::vector<RemappedSector> remaps;
  const Value& list = layout.at("Zones", "[ dm_layout_g1_zone { ... } ]");
  for (const Value& z : list.items) {
    const auto n = static_cast<std::int64_t>(zones.size());
    zones.push_back({z.integer("First cylinder number", "0"), z.integer("Last cylinder number", "432"),
                     z.integer("Blocks per track", "334"), z.number_or("Offset of first block", 0),
                     static_cast<std::int64_t>(z.number_or("Empty space at zone front", 0)),
                     z.number("Skew for track switch", "63"), z.number("Skew for cylinder switch", "113"),
                     z.integer("Number of spares", "89")});
    if (const Value* found = z.find("slips"))
      for (const Value& slip : found->items) slips.push_back({n, slip.as_integer("slips")});
    if (const Value* found = z.find("defects")) {
      if (found->items.size() % 2 != 0)
        throw ConfigError(found->place, "defects", "wants pairs of a position and its replacement");
      for (std::size_t i = 0; i < found->items.size(); i += 2) {
        const std::int64_t from = found->items[i].as_integer("defects"),
                           to = found->items[i + 1].as_integer("defects");
        if (from != to) remaps.push_back({n, from, to});
      }
    }
  }
  part.set("measured_zones", zones, "Zones");
  if (!slips.empty()) part.set("slips", slips, "slips");
  if (!remaps.empty()) part.set("remaps", remaps, "defects");
}

void patterns(const Value& layout, PartImport& part) {
  std::vector<TrackPattern> tracks;
  const Value& tp = layout.at("TP", "[ 0, 959, 960 ]");
  if (tp.items.size() % 3 != 0)
    throw ConfigError(tp.place, "TP", "wants triples: first and last sector, sectors per track");
  for (std::size_t i = 0; i < tp.items.size(); i += 3)
    tracks.push_back(
        {tp.items[i].as_integer("TP"), tp.items[i + 1].as_integer("TP"), tp.items[i + 2].as_integer("TP")});
  std::vector<PatternLine> lines;
  const Value& tables = layout.at("IDX", "[ [ 0, 0, 0.0, 1200, 1, 0.1417, 78000, 65, TRACK, 5, 0 ] ]");
  for (std::size_t t = 0; t < tables.items.size(); ++t) {
    const std::vector<Value>& words = tables.items[t].items;
    for (std::size_t i = 0; i < words.size();) {
      constexpr std::size_t kNumbers = 8;
      const bool track = i + kNumbers < words.size() && words[i + kNumbers].text == "TRACK";
      if (i + kNumbers + (track ? 2 : 1) >= words.size() || (!track && words[i + kNumbers].text != "IDX"))
        throw ConfigError(words[i].place, "IDX",
                          "wants lines of 8 numbers and 'TRACK, pattern, head' or 'IDX, table', for example "
                          "'0, 0, 0.0, 1200, 1, 0.1417, 78000, 65, TRACK, 5, 0'");
      const auto whole = [&](std::size_t k) { return words[i + k].as_integer("IDX"); };
      const auto real = [&](std::size_t k) { return words[i + k].as_number("IDX"); };
      lines.push_back({static_cast<std::int64_t>(t), whole(0), whole(1), real(2), whole(3), whole(4), real(5),
                       whole(6), whole(7), track ? -1 : whole(9), track ? whole(9) : -1,
                       track ? whole(10) : 0});
      i += kNumbers + (track ? 3 : 2);
    }
  }
  std::vector<SlippedRun> slips;
  if (const Value* found = layout.find("Slips"))
    for (std::size_t i = 0; i + 1 < found->items.size(); i += 2)
      slips.push_back({found->items[i].as_integer("Slips"), found->items[i + 1].as_integer("Slips")});
  if (const Value* found = layout.find("Remaps"); found && !found->items.empty())
    part.ignore("Remaps", fmt::format("{} numbers; these blocks are taken to be where they would be without",
                                      found->items.size()));
  part.set("track_patterns", tracks, "TP");
  part.set("pattern_lines", lines, "IDX");
  if (!slips.empty()) part.set("slipped_runs", slips, "Slips");
}

}  // namespace

void import_disksim_layout(const DiskSimValue& model, PartImport& part) {
  const Value& layout = model.at("Layout Model", "dm_layout_g1 {");
  part.set("heads", static_cast<int>(model.integer("Number of data surfaces", "6")),
           "Number of data surfaces");
  part.set("blocks", model.integer("Block count", "17938986"), "Block count");
  if (layout.text == "dm_layout_g1")
    measured_zones(layout, part);
  else if (layout.text == "dm_layout_g4")
    patterns(layout, part);
  else
    throw ConfigError(layout.place, "Layout Model",
                      fmt::format("'{}' is not read; dm_layout_g1 and dm_layout_g4 are", layout.text));
}

}  // namespace blkpath
