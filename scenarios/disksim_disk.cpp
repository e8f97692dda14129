#include "scenarios/disksim_disk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "hw/disk_params.hpp"

namespace blkpath {
namespace {

namespace fs = std::filesystem;
using Value = DiskSimValue;

const Value* find_block(const std::vector<Value>& blocks, std::string_view type) {
  const auto found =
      std::find_if(blocks.begin(), blocks.end(), [&](const Value& b) { return b.text == type; });
  return found == blocks.end() ? nullptr : &*found;
}

/// A write that does not go on from the write before it releases the bus once more before its blocks cross
/// it. Such a drive fills its buffer to so many blocks before it writes the first one; DiskSim has the
/// numbers not in the file but in its code (disksim_diskcache.c, disk_buffer_block_available).
void extra_disconnect(const Value& disk, double scale, PartImport& part) {
  const auto sum = [&](std::initializer_list<const char*> keys) {
    double ms = 0;
    for (const char* key : keys) ms += disk.number_or(key, 0);
    return from_ms(scale * ms);
  };
  part.set("extra_command", sum({"Extradisc command overhead", "Extradisc seek delta"}),
           "Extradisc command overhead, seek delta");
  part.set(
      "extra_data",
      sum({"Extradisc command overhead", "Extradisc disconnect overhead", "Extradisc inter-disconnect delay",
           "First reselect overhead"}),
      "Extradisc command overhead, disconnect overhead, inter-disconnect delay, First reselect overhead");
  part.set("extra_disconnect", sum({"Extradisc 2nd disconnect overhead"}),
           "Extradisc 2nd disconnect overhead");
  part.set("extra_reselect", sum({"Other reselect overhead"}), "Other reselect overhead");
  part.set("write_fill", std::vector<WriteFill>{{1, 10}, {45, 15}},
           "Extra write disconnect; the blocks are DiskSim's own, disk_buffer_block_available()");
}

void controller(const std::vector<Value>& blocks, const Value& disk, PartImport& part) {
  const double scale = disk.number_or("Time scale for overheads", 1);
  const auto time = [&](const char* name, const char* key) {
    if (disk.find(key)) part.set(name, from_ms(scale * disk.number_or(key, 0)), key);
  };
  part.set("overhead", from_ms(scale * disk.number_or("Per-request overhead time", 0)),
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
  time("write_disconnect", "Write disconnect overhead");
  time("write_reselect", "First reselect overhead");
  if (disk.number_or("Extra write disconnect", 0) != 0) extra_disconnect(disk, scale, part);
  // The slowest of drive and buses sets the pace.
  double read = disk.number_or("Bulk sector transfer time", 0), write = read;
  if (read < 0) {
    part.note(fmt::format("Bulk sector transfer time = {}: a time below 0 is none", read));
    read = write = 0;
  }
  for (const Value& bus : blocks)
    if (bus.text == "disksim_bus") {
      read = std::max(read, bus.number_or("Read block transfer time", 0));
      write = std::max(write, bus.number_or("Write block transfer time", 0));
    }
  part.set("bus_read", from_ms(read),
           "the slower of Bulk sector transfer time and the buses' Read block transfer time");
  part.set("bus_write", from_ms(write),
           "the slower of Bulk sector transfer time and the buses' Write block transfer time");
  for (const char* key : {"Hold bus entire read xfer", "Hold bus entire write xfer", "Allow almost read hits",
                          "Allow sneaky full read hits", "Allow sneaky partial read hits",
                          "Allow sneaky intermediate read hits", "Allow write prebuffering",
                          "Preseeking level", "Read disconnect afterread", "Read disconnect afterwrite",
                          "Minimum read-ahead (blks)", "Low (write) water mark"})
    if (disk.number_or(key, 0) != 0)
      part.ignore(fmt::format("{} = {}", key, disk.number_or(key, 0)), "not modelled");
}

void buffer(const Value& disk, PartImport& part) {
  part.set("zero_latency_read", disk.number_or("Immediate buffer read", 0) != 0, "Immediate buffer read");
  part.set("zero_latency_write", disk.number_or("Immediate buffer write", 0) != 0, "Immediate buffer write");
  part.set("write_seek_min", from_ms(disk.number_or("Minimum seek delay", 0)), "Minimum seek delay");
  static constexpr std::array kAhead{ReadAhead::none, ReadAhead::track, ReadAhead::cylinder,
                                     ReadAhead::segment, ReadAhead::next_track};
  const bool caching = disk.number_or("Enable caching in buffer", 0) != 0;
  const std::int64_t segments = disk.integer("Number of buffer segments", "10");
  part.set("segments", static_cast<int>(caching ? segments : 0),
           "Number of buffer segments, Enable caching in buffer");
  const auto sectors = [&](const char* name, const char* key) {
    part.set(name, Bytes{disk.integer(key, "374") * 512}, key);
  };
  sectors("segment_size", "Segment size (in blks)");
  sectors("read_ahead_max", "Maximum read-ahead (blks)");
  part.set("write_segments",
           static_cast<int>(
               std::clamp<std::int64_t>(disk.integer("Maximum number of write segments", "1"), 1, segments)),
           "Maximum number of write segments");
  part.set("write_cache", caching && disk.number_or("Fast write level", 0) != 0, "Fast write level");
  part.set("read_written", disk.number_or("Allow read hits on write data", 0) != 0,
           "Allow read hits on write data");
  const std::int64_t ahead = disk.integer("Buffer continuous read", "4");
  if (ahead < 0 || ahead >= static_cast<std::int64_t>(kAhead.size()))
    throw ConfigError(disk.at("Buffer continuous read", "4").place, "Buffer continuous read",
                      fmt::format("'{}' is not in 0 to {}", ahead, kAhead.size() - 1));
  part.set("read_ahead", kAhead[static_cast<std::size_t>(ahead)], "Buffer continuous read");
  part.set("read_ahead_over", disk.number_or("Read-ahead over requested", 0) != 0,
           "Read-ahead over requested");
  part.set("read_before", disk.number_or("Read any free blocks", 0) != 0, "Read any free blocks");
  part.set("read_ahead_on_hit", disk.number_or("Read-ahead on idle hit", 0) != 0, "Read-ahead on idle hit");
  part.set("read_watermark", std::clamp(disk.number_or("High (read) water mark", 0), 0.0, 1.0),
           "High (read) water mark");
}

void queue(const Value& disk, PartImport& part) {
  const std::int64_t depth = disk.integer("Max queue length", "8");
  part.set("tags", static_cast<int>(std::clamp<std::int64_t>(depth, 1, 65536)), "Max queue length");
  const Value* scheduler = disk.find("Scheduler");
  if (!scheduler) return;
  const auto policy = scheduler->integer("Scheduling policy", "1");
  const std::string key = fmt::format("Scheduling policy = {}", policy);
  TagOrder order = TagOrder::fcfs;
  if (policy >= 2 && policy <= 7) order = TagOrder::look;
  if (policy >= 8) order = TagOrder::sptf;
  if (policy == 3 || policy == 4 || policy == 6 || policy == 7)
    part.ignore(key, "order: look is the nearest there is");
  if (policy > 8) part.ignore(key, "order: sptf is the nearest there is");
  part.set("order", order, "Scheduling policy");
}

/// The blocks of the file; the buses of the .parv beside it that sources it when it has none itself.
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
  const std::vector<Value> blocks = read_with_bus(path);
  const Value* disk = find_block(blocks, "disksim_disk");
  if (!disk)
    throw ConfigError(
        {path, 0}, "disksim_disk",
        "no such block; a .diskspecs file begins with 'disksim_disk NAME {', a .parv sources one");
  const Value& model = disk->at("Model", "source disk.model");
  PartImport part(path, fs::path(path).filename().string());
  part.imported().part.model = "disk";
  part.imported().part.name = disk->name.empty() ? fs::path(path).stem().string() : disk->name;
  part.set("rpm_tolerance", 0.0, "one drive, which was measured");
  import_disksim_layout(model, part);
  import_disksim_mechanics(model, part);
  controller(blocks, *disk, part);
  buffer(*disk, part);
  queue(*disk, part);
  return std::move(part.imported());
}

std::string part_text(const ImportedPart& imported) {
  std::vector<std::string> comments{
      "Imported from a DiskSim parameter file. A scenario uses it with 'part: THIS FILE'."};
  for (const std::string& note : imported.notes) comments.push_back("Read otherwise: " + note);
  for (const std::string& ignored : imported.ignored) comments.push_back("Not modelled: " + ignored);
  return part_text(imported.part, comments);
}

}  // namespace blkpath
