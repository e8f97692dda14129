#include "scenarios/disksim_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

#include "hw/disk_params.hpp"
#include "scenarios/disksim_file.hpp"

namespace blkpath {
namespace {

namespace fs = std::filesystem;
using Value = DiskSimValue;

const Value* find_block(const std::vector<Value>& blocks, std::string_view type) {
  const auto found =
      std::find_if(blocks.begin(), blocks.end(), [&](const Value& b) { return b.text == type; });
  return found == blocks.end() ? nullptr : &*found;
}

Time from_ms(double ms) { return Time{std::llround(ms * 1e6)}; }

/// Collects the parameters of one disk; each is written by set(), with the key it was read from as its
/// source.
class Importer {
 public:
  Importer(const std::string& path, std::vector<Value> blocks)
      : path_(path),
        blocks_(std::move(blocks)),
        disk_(require_disk()),
        model_(disk_.at("Model", "source disk.model")) {
    part_.part.model = "disk";
    part_.part.name = disk_.name.empty() ? fs::path(path).stem().string() : disk_.name;
    part_.part.params.place = {path, 0};
    source_ = fs::path(path).filename().string();
  }
  ImportedPart run() {
    set("rpm_tolerance", 0.0, "one drive, which was measured");
    layout();
    mechanics();
    controller();
    buffer();
    queue();
    return std::move(part_);
  }

 private:
  const Value& require_disk() const {
    const Value* disk = find_block(blocks_, "disksim_disk");
    if (!disk)
      throw ConfigError(
          {path_, 0}, "disksim_disk",
          "no such block; a .diskspecs file begins with 'disksim_disk NAME {', a .parv sources one");
    return *disk;
  }
  template <class T>
  void set(const std::string& name, const T& value, const std::string& from) {
    ConfigValue v;
    v.text = value_text(value);
    v.place = {path_, 0};
    v.provenance = measured(source_ + ": " + from);
    if constexpr (IsVector<T>::value) v = rows(value, v);
    part_.part.params.entries.emplace_back(name, std::move(v));
  }
  template <class Row>
  static ConfigValue rows(const std::vector<Row>& list, const ConfigValue& head) {
    ConfigValue v = head;
    v.is_list = true;
    for (const Row& row : list) {
      ConfigValue item;
      item.is_list = true;
      item.place = head.place;
      std::apply(
          [&](auto... member) {
            (item.items.push_back({Scalar<std::remove_cvref_t<decltype(row.*member)>>::text(row.*member),
                                   {},
                                   false,
                                   head.place,
                                   {}}),
             ...);
          },
          Row::fields());
      v.items.push_back(std::move(item));
    }
    return v;
  }
  void ignore(std::string_view key, const std::string& why) {
    part_.ignored.push_back(fmt::format("{}: {}", key, why));
  }

  void layout();
  void measured_zones(const Value& layout);
  void patterns(const Value& layout);
  void mechanics();
  void seek_points(const Value& mechanics);
  std::vector<SeekPoint> read_curve(const Value& file);
  std::string curve_path(const Value& file);
  void controller();
  void buffer();
  void queue();

  std::string path_, source_;
  std::vector<Value> blocks_;
  const Value& disk_;
  const Value& model_;
  ImportedPart part_;
  std::int32_t cylinders_ = 0;
};

// ---- layout -----------------------------------------------------------------------------------------------

void Importer::layout() {
  const Value& layout = model_.at("Layout Model", "dm_layout_g1 {");
  set("heads", static_cast<int>(model_.integer("Number of data surfaces", "6")), "Number of data surfaces");
  cylinders_ = static_cast<std::int32_t>(model_.integer("Number of cylinders", "10042"));
  set("blocks", model_.integer("Block count", "17938986"), "Block count");
  if (layout.text == "dm_layout_g1")
    measured_zones(layout);
  else if (layout.text == "dm_layout_g4")
    patterns(layout);
  else
    throw ConfigError(layout.place, "Layout Model",
                      fmt::format("'{}' is not read; dm_layout_g1 and dm_layout_g4 are", layout.text));
}

void Importer::measured_zones(const Value& layout) {
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
  set("track_order", choose("LBN-to-PBN mapping scheme", kOrder), "LBN-to-PBN mapping scheme");
  set("sparing", choose("Sparing scheme used", kSparing), "Sparing scheme used");
  set("spare_range",
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
  set("measured_zones", zones, "Zones");
  if (!slips.empty()) set("slips", slips, "slips");
  if (!remaps.empty()) set("remaps", remaps, "defects");
}

void Importer::patterns(const Value& layout) {
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
    ignore("Remaps", fmt::format("{} numbers; these blocks are taken to be where they would be without",
                                 found->items.size()));
  set("track_patterns", tracks, "TP");
  set("pattern_lines", lines, "IDX");
  if (!slips.empty()) set("slipped_runs", slips, "Slips");
}

// ---- arm and spindle --------------------------------------------------------------------------------------

/// Curves are passed on under other names than their models give them; the only one beside the model is it.
std::string Importer::curve_path(const Value& file) {
  const fs::path folder = fs::path(file.place.file).parent_path(), path = folder / file.text;
  if (fs::exists(path) || fs::exists(path.string() + ".xz")) return path.string();
  std::vector<fs::path> beside;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder))
    if (entry.path().filename().string().find(".seek") != std::string::npos) beside.push_back(entry.path());
  if (beside.size() != 1) return path.string();
  part_.notes.push_back(fmt::format("Full seek curve = {}: there is no such file, {} beside it was read",
                                    file.text, beside[0].filename().string()));
  return beside[0].string();
}

std::vector<SeekPoint> Importer::read_curve(const Value& file) {
  const std::string path = curve_path(file);
  const std::string text = read_disksim_text(path, file.place);
  std::vector<SeekPoint> points;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    // A heading ("Seek distances measured: 138"), then "distance, ms" with or without a deviation.
    const std::size_t digit = line.find_first_not_of(" \t\r");
    if (digit == std::string::npos || line[digit] < '0' || line[digit] > '9') continue;
    const std::size_t comma = line.find(',');
    char* after = nullptr;
    const std::int64_t distance = std::strtoll(line.c_str() + digit, nullptr, 10);
    const double ms = comma == std::string::npos ? 0 : std::strtod(line.c_str() + comma + 1, &after);
    if (comma == std::string::npos || after == line.c_str() + comma + 1 || !(ms >= 0))
      throw ConfigError(
          {path, number}, "Full seek curve",
          fmt::format("'{}' is not a distance and a time in ms, for example '10, 1.531'", line));
    if (distance >= 1) points.push_back({distance, from_ms(ms)});
  }
  if (points.empty()) throw ConfigError({path, 0}, "Full seek curve", "no points, for example '10, 1.531'");
  return points;
}

void Importer::seek_points(const Value& m) {
  const std::string type = m.at("Seek type", "extracted").text;
  std::vector<SeekPoint> points;
  std::string from = "Seek type = " + type;
  const auto far = [&](std::int64_t d) { return d <= cylinders_; };
  // A formula becomes a point per cylinder where it is curved, and its ends where it is straight.
  const auto curve = [&](std::int64_t first, std::int64_t last, auto ms) {
    for (std::int64_t d = first; d <= last && far(d); ++d)
      points.push_back({d, from_ms(ms(static_cast<double>(d)))});
  };
  if (type == "extracted") {
    points = read_curve(m.at("Full seek curve", "disk.seek"));
    from = "Full seek curve";
  } else if (type == "linear" || type == "curve") {
    const double one = m.number("Single cylinder seek time", "1.2"),
                 average = m.number("Average seek time", "5.0"),
                 full = m.number("Full strobe seek time", "10.8");
    const SeekCurve fit(from_ms(one), from_ms(type == "linear" ? (one + full) / 2 : average), from_ms(full),
                        cylinders_);
    if (type == "linear")
      points = {{1, from_ms(one)}, {cylinders_ - 1, from_ms(full)}};
    else
      curve(1, cylinders_ - 1,
            [&](double d) { return static_cast<double>(fit.ns(static_cast<std::int32_t>(d))) * 1e-6; });
  } else if (type == "constant") {
    points = {{1, from_ms(m.number("Average seek time", "5.0"))}};
  } else if (type == "hpl" || type == "hplplus10") {
    const Value& v = m.at("HPL seek equation values", "[ 300, 3.81, 0.33, 7.75, 0.0059, -1.0 ]");
    if (v.items.size() != 6) throw ConfigError(v.place, "HPL seek equation values", "wants six numbers");
    std::array<double, 6> p{};
    for (std::size_t i = 0; i < 6; ++i) p[i] = v.items[i].as_number("HPL seek equation values");
    const auto split = static_cast<std::int64_t>(p[0]);
    curve(1, split - 1, [&](double d) { return p[1] + p[2] * std::sqrt(d); });
    for (const std::int64_t d : {split, static_cast<std::int64_t>(cylinders_)})
      if (points.empty() || d > points.back().cylinders)
        points.push_back({d, from_ms(p[3] + p[4] * static_cast<double>(d))});
    if (p[5] >= 0 && !points.empty()) points.front().time = from_ms(p[5]);
    if (type == "hplplus10") {
      const Value& ten = m.at("First ten seek times", "[ 2.89, 3.68, ... ]");
      for (std::size_t i = 0; i < ten.items.size() && i < points.size(); ++i)
        points[i].time = from_ms(ten.items[i].as_number("First ten seek times"));
    }
  } else {
    throw ConfigError(
        m.at("Seek type", "extracted").place, "Seek type",
        fmt::format("'{}' is not one of linear, curve, constant, hpl, hplplus10, extracted", type));
  }
  set("seek_points", points, from);
}

void Importer::mechanics() {
  const Value& m = model_.at("Mechanical Model", "dm_mech_g1 {");
  set("rpm", m.number("Rotation speed (in rpms)", "10025"), "Rotation speed (in rpms)");
  if (m.number_or("Percent error in rpms", 0) != 0)
    ignore("Percent error in rpms", "drives of one model may differ: rpm_tolerance");
  seek_points(m);
  set("zero_latency_read", disk_.number_or("Immediate buffer read", 0) != 0, "Immediate buffer read");
  set("zero_latency_write", disk_.number_or("Immediate buffer write", 0) != 0, "Immediate buffer write");
  set("write_seek_min", from_ms(disk_.number_or("Minimum seek delay", 0)), "Minimum seek delay");
  set("write_settle", from_ms(m.number_or("Add. write settling delay", 0)), "Add. write settling delay");
  set("head_switch", from_ms(m.number("Head switch time", "0.176")), "Head switch time");
  const Value* access = m.find("Access time type");
  if (access && access->text != "trackSwitchPlusRotation")
    ignore("Access time type = " + access->text, "positions are followed through time instead");
}

// ---- controller and buffer
// ----------------------------------------------------------------------------------

void Importer::controller() {
  const double scale = disk_.number_or("Time scale for overheads", 1);
  const auto time = [&](const char* name, const char* key) {
    if (disk_.find(key)) set(name, from_ms(scale * disk_.number_or(key, 0)), key);
  };
  set("overhead", from_ms(scale * disk_.number_or("Per-request overhead time", 0)),
      "Per-request overhead time");
  time("read_hit_after_read", "Read hit over. after read");
  time("read_hit_after_write", "Read hit over. after write");
  time("read_miss_after_read", "Read miss over. after read");
  time("read_miss_after_write", "Read miss over. after write");
  time("write_hit_after_read", "Write hit over. after read");
  time("write_hit_after_write", "Write hit over. after write");
  time("write_miss_after_read", "Write miss over. after read");
  time("write_miss_after_write", "Write miss over. after write");
  time("read_completion", "Read completion overhead");
  time("write_completion", "Write completion overhead");
  time("data_overhead", "Data preparation overhead");
  time("read_reselect", "First reselect overhead");
  const bool extra = disk_.number_or("Extra write disconnect", 0) != 0;
  // With an extra disconnection, the first reselection was for the blocks.
  set("write_reselect",
      from_ms(scale * (disk_.number_or("First reselect overhead", 0) +
                       (extra ? disk_.number_or("Other reselect overhead", 0) +
                                    disk_.number_or("Write disconnect overhead", 0)
                              : 0))),
      "First reselect overhead, with Extra write disconnect also Other reselect and Write disconnect "
      "overhead");
  if (extra)
    set("write_data",
        from_ms(scale * std::max(0.0, disk_.number_or("Extradisc command overhead", 0) +
                                          disk_.number_or("Extradisc disconnect overhead", 0) +
                                          disk_.number_or("Extradisc inter-disconnect delay", 0) -
                                          disk_.number_or("Write miss over. after read", 0))),
        "Extradisc command overhead, disconnect overhead, inter-disconnect delay, less the overhead of a "
        "write");
  // The slowest of drive and buses sets the pace.
  double read = disk_.number_or("Bulk sector transfer time", 0), write = read;
  if (read < 0) {
    part_.notes.push_back(fmt::format("Bulk sector transfer time = {}: a time below 0 is none", read));
    read = write = 0;
  }
  for (const Value& bus : blocks_)
    if (bus.text == "disksim_bus") {
      read = std::max(read, bus.number_or("Read block transfer time", 0));
      write = std::max(write, bus.number_or("Write block transfer time", 0));
    }
  set("bus_read", from_ms(read),
      "the slower of Bulk sector transfer time and the buses' Read block transfer time");
  set("bus_write", from_ms(write),
      "the slower of Bulk sector transfer time and the buses' Write block transfer time");
  for (const char* key : {"Hold bus entire read xfer", "Hold bus entire write xfer", "Allow almost read hits",
                          "Allow sneaky full read hits", "Allow sneaky partial read hits",
                          "Allow sneaky intermediate read hits", "Allow write prebuffering",
                          "Preseeking level", "Read disconnect afterread", "Read disconnect afterwrite",
                          "Write disconnect overhead", "Extradisc 2nd disconnect overhead",
                          "Extradisc seek delta", "Minimum read-ahead (blks)", "Low (write) water mark"})
    if (disk_.number_or(key, 0) != 0)
      ignore(fmt::format("{} = {}", key, disk_.number_or(key, 0)), "not modelled");
}

void Importer::buffer() {
  static constexpr std::array kAhead{ReadAhead::none, ReadAhead::track, ReadAhead::cylinder,
                                     ReadAhead::segment, ReadAhead::next_track};
  const bool caching = disk_.number_or("Enable caching in buffer", 0) != 0;
  const std::int64_t segments = disk_.integer("Number of buffer segments", "10");
  set("segments", static_cast<int>(caching ? segments : 0),
      "Number of buffer segments, Enable caching in buffer");
  const auto sectors = [&](const char* name, const char* key) {
    set(name, Bytes{disk_.integer(key, "374") * 512}, key);
  };
  sectors("segment_size", "Segment size (in blks)");
  sectors("read_ahead_max", "Maximum read-ahead (blks)");
  set("write_segments",
      static_cast<int>(
          std::clamp<std::int64_t>(disk_.integer("Maximum number of write segments", "1"), 1, segments)),
      "Maximum number of write segments");
  set("write_cache", caching && disk_.number_or("Fast write level", 0) != 0, "Fast write level");
  set("read_written", disk_.number_or("Allow read hits on write data", 0) != 0,
      "Allow read hits on write data");
  const std::int64_t ahead = disk_.integer("Buffer continuous read", "4");
  if (ahead < 0 || ahead >= static_cast<std::int64_t>(kAhead.size()))
    throw ConfigError(disk_.at("Buffer continuous read", "4").place, "Buffer continuous read",
                      fmt::format("'{}' is not in 0 to {}", ahead, kAhead.size() - 1));
  set("read_ahead", kAhead[static_cast<std::size_t>(ahead)], "Buffer continuous read");
  set("read_ahead_over", disk_.number_or("Read-ahead over requested", 0) != 0, "Read-ahead over requested");
  set("read_before", disk_.number_or("Read any free blocks", 0) != 0, "Read any free blocks");
  set("read_ahead_on_hit", disk_.number_or("Read-ahead on idle hit", 0) != 0, "Read-ahead on idle hit");
  set("read_watermark", std::clamp(disk_.number_or("High (read) water mark", 0), 0.0, 1.0),
      "High (read) water mark");
}

void Importer::queue() {
  const std::int64_t depth = disk_.integer("Max queue length", "8");
  set("tags", static_cast<int>(std::clamp<std::int64_t>(depth, 1, 65536)), "Max queue length");
  const Value* scheduler = disk_.find("Scheduler");
  if (!scheduler) return;
  const auto policy = scheduler->integer("Scheduling policy", "1");
  const std::string key = fmt::format("Scheduling policy = {}", policy);
  TagOrder order = TagOrder::fcfs;
  if (policy >= 2 && policy <= 7) order = TagOrder::look;
  if (policy >= 8) order = TagOrder::sptf;
  if (policy == 3 || policy == 4 || policy == 6 || policy == 7)
    ignore(key, "order: look is the nearest there is");
  if (policy > 8) ignore(key, "order: sptf is the nearest there is");
  set("order", order, "Scheduling policy");
}

std::vector<Value> read_with_bus(const std::string& path) {
  std::vector<Value> blocks = read_disksim_file(path);
  if (find_block(blocks, "disksim_bus") || !find_block(blocks, "disksim_disk")) return blocks;
  const fs::path folder = fs::path(path).parent_path();
  std::vector<fs::path> beside;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder))
    if (entry.path().extension() == ".parv") beside.push_back(entry.path());
  std::sort(beside.begin(), beside.end());
  for (const fs::path& parv : beside) {
    std::vector<Value> all = read_disksim_file(parv.string());
    const Value* disk = find_block(all, "disksim_disk");
    if (!disk || fs::path(disk->place.file).filename() != fs::path(path).filename()) continue;
    for (Value& block : all)
      if (block.text == "disksim_bus") blocks.push_back(std::move(block));
    break;
  }
  return blocks;
}

}  // namespace

ImportedPart import_disksim_disk(const std::string& path) {
  return Importer(path, read_with_bus(path)).run();
}

std::string part_text(const ImportedPart& imported) {
  std::vector<std::string> comments{
      "Imported from a DiskSim parameter file. A scenario uses it with 'part: THIS FILE'."};
  for (const std::string& note : imported.notes) comments.push_back("Read otherwise: " + note);
  for (const std::string& ignored : imported.ignored) comments.push_back("Not modelled: " + ignored);
  return part_text(imported.part, comments);
}

}  // namespace blkpath
