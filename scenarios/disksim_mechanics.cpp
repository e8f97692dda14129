// DiskSim's dm_mech_g1: seek curves, settling, rotation.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "hw/disk_params.hpp"
#include "scenarios/part_import.hpp"

namespace blkpath {
namespace {

namespace fs = std::filesystem;
using Value = DiskSimValue;

constexpr std::int64_t kMostCylinders = 10'000'000;

/// Curves are passed on under other names than their models give them; the only one beside the model is it.
std::string curve_path(const Value& file, PartImport& part) {
  const fs::path folder = fs::path(file.place.file).parent_path(), path = folder / file.text;
  if (fs::exists(path) || fs::exists(path.string() + ".xz")) return path.string();
  std::vector<fs::path> beside;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder))
    if (entry.path().filename().string().find(".seek") != std::string::npos) beside.push_back(entry.path());
  if (beside.size() != 1) return path.string();
  part.note(fmt::format("Full seek curve = {}: there is no such file, {} beside it was read", file.text,
                        beside[0].filename().string()));
  return beside[0].string();
}

std::vector<SeekPoint> read_curve(const Value& file, PartImport& part) {
  const std::string path = curve_path(file, part);
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

void seek_points(const Value& m, std::int32_t cylinders, PartImport& part) {
  const std::string type = m.at("Seek type", "extracted").text;
  std::vector<SeekPoint> points;
  std::string from = "Seek type = " + type;
  const auto far = [&](std::int64_t d) { return d <= cylinders; };
  // A formula becomes a point per cylinder where it is curved, and its ends where it is straight.
  const auto curve = [&](std::int64_t first, std::int64_t last, auto ms) {
    for (std::int64_t d = first; d <= last && far(d); ++d)
      points.push_back({d, from_ms(ms(static_cast<double>(d)))});
  };
  if (type == "extracted") {
    points = read_curve(m.at("Full seek curve", "disk.seek"), part);
    from = "Full seek curve";
  } else if (type == "linear" || type == "curve") {
    const double one = m.number("Single cylinder seek time", "1.2"),
                 average = m.number("Average seek time", "5.0"),
                 full = m.number("Full strobe seek time", "10.8");
    const SeekCurve fit(from_ms(one), from_ms(type == "linear" ? (one + full) / 2 : average), from_ms(full),
                        cylinders);
    if (type == "linear")
      points = {{1, from_ms(one)}, {cylinders - 1, from_ms(full)}};
    else
      curve(1, cylinders - 1,
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
    for (const std::int64_t d : {split, static_cast<std::int64_t>(cylinders)})
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
  part.set("seek_points", points, from);
}

}  // namespace

void import_disksim_mechanics(const DiskSimValue& model, PartImport& part) {
  const Value& m = model.at("Mechanical Model", "dm_mech_g1 {");
  part.set("rpm", m.number("Rotation speed (in rpms)", "10025"), "Rotation speed (in rpms)");
  if (m.number_or("Percent error in rpms", 0) != 0)
    part.ignore("Percent error in rpms", "drives of one model may differ: rpm_tolerance");
  const std::int64_t cylinders = model.integer("Number of cylinders", "10042");
  if (cylinders < 1 || cylinders > kMostCylinders)
    throw ConfigError(model.place, "Number of cylinders",
                      fmt::format("'{}' is not in 1 to {}", cylinders, kMostCylinders));
  seek_points(m, static_cast<std::int32_t>(cylinders), part);
  part.set("write_settle", from_ms(m.number_or("Add. write settling delay", 0)), "Add. write settling delay");
  part.set("head_switch", from_ms(m.number("Head switch time", "0.176")), "Head switch time");
  const Value* access = m.find("Access time type");
  if (access && access->text != "trackSwitchPlusRotation")
    part.ignore("Access time type = " + access->text, "positions are followed through time instead");
}

}  // namespace blkpath
