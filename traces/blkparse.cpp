// What blkparse prints by default, as blkparse(1) describes it under "DEFAULT OUTPUT", one event a line:
//   major,minor cpu sequence seconds.nanoseconds pid action RWBS sector + sectors [process]
// A completion has its error in the brackets; a flush has no sectors. With -t, a time in parentheses stands
// before the brackets. Plug and scheduler messages and the summary at the end are passed over.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "model/core/error.hpp"
#include "traces/blk_pairing.hpp"
#include "traces/blk_unpairing.hpp"
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "8,16 5 2 0.000001850 18615 Q R 1444645666 + 256 [java]";
constexpr std::int64_t kMostSectors = std::int64_t{1} << 54;  ///< of a device: its bytes fit in 63 bits

/// One of a line's kinds.
enum class Line { event, other, command };

BlkRwbs rwbs_of(std::string_view text) {
  BlkRwbs rwbs;
  std::string_view rest = text;
  const auto take = [&](std::string_view letters) {
    const bool is = !rest.empty() && letters.find(rest.front()) != std::string_view::npos;
    if (is) rest.remove_prefix(1);
    return is;
  };
  rwbs.preflush = take("F");
  const char direction = rest.empty() ? 'N' : rest.front();
  if (take("RWDN")) rwbs.direction = direction;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    switch (rest.front()) {
      case 'F':
        rwbs.fua = true;
        break;
      case 'A':
        rwbs.ahead = true;
        break;
      case 'M':
        rwbs.meta = true;
        break;
      case 'B':
        rwbs.barrier = true;
        break;
      case 'S':  // synchronous: a hint to the scheduler
      case 'E':
        break;  // secure erase
      default:
        throw BadLine(fmt::format("RWBS such as R, WS or FN, not '{}'", text.substr(0, 20)));
    }
  }
  return rwbs;
}

/// "[0]", "[-5]" or, as blkparse has it, "[65531]".
std::uint16_t error_of(std::string_view line) {
  const std::size_t from = line.rfind('['), to = line.rfind(']');
  if (from == std::string_view::npos || to == std::string_view::npos || to < from)
    throw BadLine("an error in brackets is missing");
  auto error = Fields(line.substr(from + 1, to - from - 1), ' ').number<std::int32_t>("an error in brackets");
  if (error > std::numeric_limits<std::int16_t>::max()) error -= 1 << 16;
  if (std::abs(error) > std::numeric_limits<std::int16_t>::max())
    throw BadLine("an error from -32767 to 65535");
  return static_cast<std::uint16_t>(std::abs(error));
}

std::uint32_t device_of(std::string_view field) {
  Fields numbers(field, ',');
  const auto major = numbers.number<std::uint32_t>("a major number");
  const auto minor = numbers.number<std::uint32_t>("a minor number");
  numbers.end();
  if (major >= 1 << 12 || minor >= 1 << 20) throw BadLine("a device such as 8,16");
  return major << 20 | minor;
}

bool is_known(std::string_view action) {
  static constexpr std::array<std::string_view, 19> kActions{
      "A", "B", "C", "D", "F", "G", "I", "M", "P", "Q", "R", "S", "T", "U", "UT", "W", "X", "m", "d"};
  return std::ranges::find(kActions, action) != kActions.end();
}

Line parse(std::string_view line, BlkEvent& event) {
  Fields fields(line, ' ');
  event.device = device_of(fields.text("a device"));
  event.cpu = fields.number<std::uint16_t>("a processor");
  fields.text("a sequence number");
  event.time = Time{fields.decimal("a time in seconds", 9)};
  if (event.time < Time{0} || event.time > kBlkLatest) throw BadLine("a time in seconds from 0 up");
  fields.text("a process");
  const std::string_view action = fields.text("an action");
  if (!is_known(action))
    throw BadLine(fmt::format("an action such as Q or C, not '{}'", action.substr(0, 20)));
  if (action.size() > 1 || std::string_view("QGIDCRMF").find(action[0]) == std::string_view::npos)
    return Line::other;
  event.action = static_cast<BlkAction>(action[0]);
  const BlkRwbs rwbs = rwbs_of(fields.text("RWBS"));
  const bool completion = event.action == BlkAction::complete;
  event.error = completion ? error_of(line) : 0;
  event.bytes = 0;
  const std::string_view place = fields.text("a sector");
  if (place.starts_with('(')) return Line::command;  // C R (12 00 ..) [0]
  if (!place.starts_with('[')) {
    const auto sector = Fields(place, ' ').number<std::uint64_t>("a sector");
    const std::string_view next = fields.text("'+' and sectors");
    if (next.starts_with('(') && !completion && !rwbs.preflush)
      return Line::command;  // D R 36 (12 00 ..) [x]
    if (next == "+") {
      const auto sectors = fields.number<std::int64_t>("sectors");
      if (sectors < 0 || sectors > std::numeric_limits<std::uint32_t>::max() / kSectorSize.n)
        throw BadLine("sectors from 0 to 8388607");
      if (sector > static_cast<std::uint64_t>(kMostSectors - sectors)) throw BadLine("a sector below 2^54");
      event.offset = static_cast<std::int64_t>(sector) * kSectorSize.n;
      event.bytes = static_cast<std::uint32_t>(sectors * kSectorSize.n);
    } else if (!next.starts_with('(') && !next.starts_with('[')) {
      throw BadLine(fmt::format("'+' and sectors, not '{}'", next.substr(0, 20)));
    }
  }
  return rwbs.classify(event) ? Line::event : Line::other;
}

/// "  8,16 ..." rather than "CPU0 (sda):" or " Reads Queued: ...".
bool looks_like_event(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t");
  return at != std::string_view::npos && line[at] >= '0' && line[at] <= '9';
}

class BlkparseReader final : public BlkEventReader {
 public:
  BlkparseReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : BlkEventReader(options), lines_(std::move(in)) {
    meta_.format = "blkparse";
  }

 protected:
  bool next_event(BlkEvent& event) override {
    std::string_view line;
    while (lines_.next(line)) {
      if (line.starts_with("CPU") || line.starts_with("Total")) in_summary_ = true;
      if (line.empty() || line.starts_with("Input file") || (in_summary_ && !looks_like_event(line)))
        continue;
      in_summary_ = false;
      try {
        const Line kind = parse(line, event);
        if (kind == Line::event) return true;
        if (kind == Line::command && event.action == BlkAction::complete) leave_out_command();
      } catch (const BadLine& bad) {
        if (!may_skip())
          throw ConfigError(
              {lines_.name(), static_cast<int>(std::min<std::int64_t>(lines_.number(), kMostLines))}, "",
              fmt::format("{}; a good line is '{}'", bad.what(), kExample));
      }
    }
    return false;
  }

 private:
  static constexpr std::int64_t kMostLines = std::numeric_limits<int>::max();
  LineReader lines_;
  bool in_summary_ = false;
};

class BlkparseWriter final : public BlkEventWriter {
 public:
  BlkparseWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : BlkEventWriter(std::move(out), "blkparse") {}

 protected:
  void put(const BlkEvent& e, std::uint32_t sequence, std::string& to) override {
    constexpr std::array<const char*, 4> kDirections{"R", "W", "FN", "D"};  // by Op
    std::string rwbs = kDirections.at(static_cast<std::size_t>(e.op));
    if ((e.flags & IoRecord::kFua) != 0) rwbs += 'F';
    if ((e.flags & IoRecord::kReadAhead) != 0) rwbs += 'A';
    if ((e.flags & IoRecord::kMeta) != 0) rwbs += 'M';
    const auto out = std::back_inserter(to);
    fmt::format_to(out, "{:3},{:<3} {:2} {:8} {:5}.{:09} {:5} {:>2} {:>3} ", e.device >> 20,
                   e.device & 0xfffff, e.cpu, sequence, e.time.count() / kSecond, e.time.count() % kSecond, 0,
                   static_cast<char>(e.action), rwbs);
    const bool completion = e.action == BlkAction::complete;
    if (e.bytes != 0)
      fmt::format_to(out, "{} + {} ", e.offset / kSectorSize.n, e.bytes / kSectorSize.n);
    else if (completion)
      fmt::format_to(out, "0 ");
    if (completion)
      fmt::format_to(out, "[{}]\n", -e.error);
    else
      fmt::format_to(out, "[blkpath]\n");
  }
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".blkparse") ? 90 : 0;
  const std::size_t last = head.rfind('\n');  // the line that `head` cuts off says nothing
  if (last != std::string_view::npos) head = head.substr(0, last + 1);
  try {
    LineReader lines(ByteInput::from(head, ""));
    std::string_view line;
    BlkEvent event;
    bool any = false;
    while (lines.next(line)) {
      if (line.empty() || line.starts_with("Input file")) continue;
      if (!looks_like_event(line)) break;
      parse(line, event);
      any = true;
    }
    return any ? 95 : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

const RegisteredFormat registered{{"blkparse", "Linux block layer events as blkparse prints them", kExample,
                                   kBlkFields, recognise, make_reader<BlkparseReader>,
                                   make_writer<BlkparseWriter>}};

}  // namespace
}  // namespace blkpath
