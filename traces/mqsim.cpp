// MQSim's ASCII traces (Tavakkol et al., FAST '18; MQSim README, "Defining a Trace-based Workload"; SSDsim's
// are the same): fields between blanks,
//   arrival_ns device start_sector size_in_sectors type
// Sectors have 512 bytes; type is 1 for a read and 0 for a write (src/host/ASCII_Trace_Definition.h). MQSim
// can be told that arrivals are in other units; here they are in nanoseconds. There are no completions.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "938513000 4 264719034 16 0";

class MqsimReader final : public LineTraceReader {
 public:
  MqsimReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "mqsim";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    Fields fields(line, ' ');
    if (fields.done()) return false;
    r.issued = since_first(from_zero(fields.number<std::int64_t>("an arrival in ns"), "an arrival"));
    r.device = fields.number<std::uint32_t>("a device");
    r.offset = sectors(fields.number<std::int64_t>("a start sector"), "a start sector");
    r.length =
        length_of(sectors(fields.number<std::uint32_t>("a size in sectors"), "a size in sectors"), "a size");
    r.op = fields.one_of("a type", "0", "1") == 0 ? Op::write : Op::read;
    fields.end();
    return true;
  }
};

class MqsimWriter final : public LineTraceWriter {
 public:
  MqsimWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), "mqsim") {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    fmt::format_to(std::back_inserter(out), "{} {} {} {} {}\n", stamp_ns(r.issued), r.device,
                   in_sectors(known_offset(r), "an offset"), in_sectors(r.length, "a length"),
                   r.op == Op::read ? 1 : 0);
    return true;
  }
};

/// Surer than DiskSim's, whose whole arrivals would have to be milliseconds.
int recognise(std::string_view head, std::string_view) { return parses_as<MqsimReader>(head) ? 60 : 0; }

const RegisteredFormat registered{{"mqsim", "MQSim: arrival in ns, device, sector, sectors, 1 read | 0 write",
                                   kExample, record_field::device, recognise, make_reader<MqsimReader>,
                                   make_writer<MqsimWriter>}};

}  // namespace
}  // namespace blkpath
