#include "scenarios/fio_setters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "scenarios/fio_values.hpp"

namespace blkpath::fio {
using sv = std::string_view;
constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::int64_t kMaxCount = std::numeric_limits<std::int64_t>::max();

std::int64_t number_in(const Draft& draft, sv text, std::int64_t min, std::int64_t max) {
  const std::int64_t value = parse_number(text, draft.spec.kb_base);
  if (value < min) throw std::invalid_argument(fmt::format("is below {}", min));
  if (value > max) throw std::invalid_argument(fmt::format("is above {}", max));
  return value;
}

namespace {

/// Calls `set(direction, part)` for fio's "read,write,trim". An empty part leaves its direction as it was;
/// the last part, unless empty, also counts for the directions after it.
template <class Set>
void per_direction(sv v, Set set) {
  const std::vector<sv> parts = split(v, ',');
  if (parts.size() > kDirs) throw std::invalid_argument("has more than three parts, read,write,trim");
  for (std::size_t dir = 0; dir < kDirs; ++dir)
    if (const sv part = parts[std::min(dir, parts.size() - 1)]; !part.empty()) set(dir, part);
}

struct RwMode {
  sv name;
  bool random;
  PerDir<bool> does;
};
constexpr RwMode kRwModes[] = {
    {"read", false, {true, false, false}},       {"write", false, {false, true, false}},
    {"trim", false, {false, false, true}},       {"randread", true, {true, false, false}},
    {"randwrite", true, {false, true, false}},   {"randtrim", true, {false, false, true}},
    {"rw", false, {true, true, false}},          {"readwrite", false, {true, true, false}},
    {"randrw", true, {true, true, false}},       {"trimwrite", false, {false, true, true}},
    {"randtrimwrite", true, {false, true, true}}};

}  // namespace

void set_rw(Draft& draft, sv v) {
  const std::size_t colon = v.find(':');
  const auto* mode = std::find_if(std::begin(kRwModes), std::end(kRwModes),
                                  [&](const RwMode& m) { return m.name == v.substr(0, colon); });
  if (mode == std::end(kRwModes))
    throw std::invalid_argument(
        "is none of read, write, trim, randread, randwrite, randtrim, rw, readwrite, randrw, trimwrite, "
        "randtrimwrite");
  JobSpec& spec = draft.spec;
  spec.random = mode->random;
  spec.does = mode->does;
  spec.sequence = 1;
  spec.sequence_gap = Bytes{0};
  if (colon == sv::npos) return;
  const sv n = v.substr(colon + 1);
  if (spec.random)
    spec.sequence = static_cast<int>(number_in(draft, n, 1, kMaxInt));
  else
    spec.sequence_gap = Bytes{parse_number(n, spec.kb_base)};  // may be negative: backwards
}

void set_engine(Draft& draft, sv v) {
  if (v == "libaio" || v == "linuxaio" || v == "aio")  // fio's own aliases
    draft.spec.engine = IoEngine::libaio;
  else if (v == "posixaio")
    draft.spec.engine = IoEngine::posixaio;
  else if (v == "io_uring")
    draft.spec.engine = IoEngine::io_uring;
  else if (v == "sync" || v == "psync" || v == "vsync" || v == "pvsync" || v == "pvsync2")
    draft.spec.engine = IoEngine::psync;
  else
    throw std::invalid_argument(
        "is not modelled; modelled are libaio, posixaio, io_uring, and sync, psync, vsync, pvsync, pvsync2 "
        "as one");
}

static Bytes block_size(const Draft& draft, sv v) { return Bytes{number_in(draft, v, 1, kMaxInt)}; }

void set_bs(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) { draft.bs[dir] = block_size(draft, part); });
}

void set_bs_range(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) {
    const std::size_t dash = std::min(part.find_first_of("-:"), part.size());
    if (dash == part.size()) throw std::invalid_argument("is not a range");
    const Bytes a = block_size(draft, part.substr(0, dash));
    const Bytes b = block_size(draft, part.substr(dash + 1));
    draft.bs_range[dir] = {std::min(a, b), std::max(a, b)};
  });
}

/// "4k/60:16k/40"; sizes without a percentage (or with 0, as in fio) share what is left.
static std::vector<BlockSizeShare> parse_bs_split(const Draft& draft, sv v) {
  std::vector<BlockSizeShare> shares;
  int given = 0, missing = 0;
  for (const sv entry : split(v, ':')) {
    if (entry.empty()) break;  // as fio: a trailing colon ends the list
    const std::size_t slash = std::min(entry.find('/'), entry.size());
    const sv percent = entry.substr(std::min(slash + 1, entry.size()));
    shares.push_back({block_size(draft, entry.substr(0, slash)),
                      percent.empty() ? 0 : static_cast<int>(number_in(draft, percent, 0, 100))});
    given += shares.back().percent;
    missing += shares.back().percent == 0;
  }
  if (shares.empty()) throw std::invalid_argument("is not a list of sizes");
  if (given > 100 || (given < 100 && missing == 0))
    throw std::invalid_argument(fmt::format("has percentages that add up to {}, not 100", given));
  for (BlockSizeShare& share : shares)
    if (share.percent == 0) share.percent = (100 - given) / missing;
  // What whole percents leave over goes where fio's lookup ends up: the last of the largest shares.
  int left = 100;
  for (const BlockSizeShare& share : shares) left -= share.percent;
  const auto by_percent = [](const BlockSizeShare& a, const BlockSizeShare& b) {
    return a.percent <= b.percent;
  };
  std::max_element(shares.begin(), shares.end(), by_percent)->percent += left;
  return shares;
}

void set_bs_split(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) { draft.bs_split[dir] = parse_bs_split(draft, part); });
}

void set_block_align(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) { draft.spec.block_align[dir] = block_size(draft, part); });
}

/// "50%" as 50; 0 when `v` is not in percent.
static int percent_of(const Draft& draft, sv v) {
  return v.ends_with('%') ? static_cast<int>(number_in(draft, v.substr(0, v.size() - 1), 1, 100)) : 0;
}
/// Bytes, or 0 when `v` is in percent.
static Bytes bytes_of(const Draft& draft, sv v) {
  return Bytes{v.ends_with('%') ? 0 : number_in(draft, v, 0, kMaxCount)};
}

void set_size(Draft& draft, sv v) {
  draft.spec.size_percent = percent_of(draft, v);
  const Bytes size = bytes_of(draft, v);
  draft.spec.size = size.n ? std::optional(size) : std::nullopt;
}
void set_io_size(Draft& draft, sv v) {
  draft.io_size_percent = percent_of(draft, v);
  const Bytes size = bytes_of(draft, v);
  draft.spec.io_size = size.n ? std::optional(size) : std::nullopt;
}
void set_offset(Draft& draft, sv v) {
  draft.spec.offset_percent = percent_of(draft, v);
  draft.spec.offset = bytes_of(draft, v);
}
void set_offset_increment(Draft& draft, sv v) {
  if (v.ends_with('%')) throw std::invalid_argument("in percent is not modelled");
  draft.spec.offset_increment = bytes_of(draft, v);
}

void set_start_delay(Draft& draft, sv v) {
  if (v.find_first_of("-,:") != sv::npos)
    throw std::invalid_argument("is a random delay, which is not modelled");
  draft.spec.start_delay = parse_duration(v, 1s);
}

void set_rate(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) {
    const std::int64_t rate = number_in(draft, part, 0, kMaxCount);
    draft.spec.rate[dir] = rate ? std::optional(ByteRate{rate}) : std::nullopt;
  });
}
void set_rate_iops(Draft& draft, sv v) {
  per_direction(
      v, [&](std::size_t dir, sv part) { draft.spec.rate_iops[dir] = number_in(draft, part, 0, kMaxInt); });
}
void set_rate_process(Draft& draft, sv v) {
  if (v != "linear" && v != "poisson") throw std::invalid_argument("is neither linear nor poisson");
  draft.spec.rate_poisson = v == "poisson";
}

void set_read_percent(Draft& draft, sv v) {
  draft.spec.read_percent = static_cast<int>(number_in(draft, v, 0, 100));
}
void set_write_percent(Draft& draft, sv v) {
  draft.spec.read_percent = 100 - static_cast<int>(number_in(draft, v, 0, 100));
}

void set_percent_random(Draft& draft, sv v) {
  per_direction(v, [&](std::size_t dir, sv part) {
    draft.spec.percent_random[dir] = static_cast<int>(number_in(draft, part, 0, 100));
  });
}

void set_generator(Draft& draft, sv v) {
  if (v != "tausworthe" && v != "tausworthe64" && v != "lfsr")
    throw std::invalid_argument("is none of tausworthe, tausworthe64, lfsr");
  draft.spec.random_lfsr = v == "lfsr";
}

/// "50/5:30/15:20/": shares of the accesses and of the file; sizes left out share the rest of the file.
static std::vector<RandomDistribution::Zone> parse_zones(const Draft& draft, sv v) {
  if (v.find(',') != sv::npos) throw std::invalid_argument("differs by direction, which is not modelled");
  std::vector<RandomDistribution::Zone> zones;
  int access = 0, size = 0, missing = 0;
  for (const sv entry : split(v, ':')) {
    if (entry.empty()) break;
    const std::size_t slash = std::min(entry.find('/'), entry.size());
    const sv part = entry.substr(std::min(slash + 1, entry.size()));
    zones.push_back({static_cast<int>(number_in(draft, entry.substr(0, slash), 0, 100)),
                     part.empty() ? 0 : static_cast<int>(number_in(draft, part, 0, 100))});
    access += zones.back().access;
    size += zones.back().size;
    missing += zones.back().size == 0;
  }
  if (access != 100)
    throw std::invalid_argument(fmt::format("has accesses that add up to {}, not 100", access));
  if (size > 100) throw std::invalid_argument(fmt::format("has sizes that add up to {}", size));
  for (RandomDistribution::Zone& zone : zones)
    if (zone.size == 0) zone.size = (100 - size) / missing;
  return zones;
}

void set_distribution(Draft& draft, sv v) {
  using Kind = RandomDistribution::Kind;
  const std::size_t colon = std::min(v.find(':'), v.size());
  const sv kind = v.substr(0, colon);
  const sv rest = v.substr(std::min(colon + 1, v.size()));
  RandomDistribution out;
  if (kind == "random")
    ;
  else if (kind == "zoned") {
    out.kind = Kind::zoned;
    out.zones = parse_zones(draft, rest);
  } else if (kind == "zipf" || kind == "pareto" || kind == "normal") {
    out.kind = kind == "zipf" ? Kind::zipf : kind == "pareto" ? Kind::pareto : Kind::normal;
    const double defaults = kind == "zipf" ? 1.1 : kind == "pareto" ? 0.2 : 0;  // fio's
    const std::size_t second = std::min(rest.find(':'), rest.size());
    out.parameter = rest.empty() ? defaults : parse_decimal(rest.substr(0, second));
    if (second < rest.size()) {
      out.center = parse_decimal(rest.substr(second + 1));
      if (out.center < 0 || out.center > 1) throw std::invalid_argument("has a centre outside 0 to 1");
    }
    if (out.kind == Kind::zipf && out.parameter == 1) throw std::invalid_argument("has a theta of 1");
    if (out.kind == Kind::pareto && (out.parameter <= 0 || out.parameter >= 1))
      throw std::invalid_argument("has a power outside 0 to 1");
    if (out.kind == Kind::normal && (out.parameter < 0 || out.parameter >= 100))
      throw std::invalid_argument("has a deviation outside 0 to 100");
  } else {
    throw std::invalid_argument("is none of random, zipf, pareto, normal, zoned");
  }
  draft.spec.distribution = std::move(out);
}

}  // namespace blkpath::fio
