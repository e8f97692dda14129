// The paths of hw/README.md over NVMe, SAS and Ethernet load and run.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <map>

#include "scenarios/simulation.hpp"
#include "scenarios/test/scenario_test_base.hpp"

namespace blkpath {
namespace {

const std::string kCatalog = BLKPATH_SOURCE_DIR "/hw/catalog/";
const std::string kSmallSsd = "{model: ssd, blocks_per_plane: 64";

class Transport : public ScenarioTest {
 protected:
  Transport() { job("randrw", 32); }
  void job(const std::string& rw, int depth) {
    fio_args_ = {"--name=job",      "--rw=" + rw,   "--bs=16k",
                 "--direct=1",      "--size=1g",    "--ioengine=libaio",
                 "--runtime=100ms", "--time_based", "--iodepth=" + std::to_string(depth)};
  }
  /// Runs the path; each I/O passed each of its stages once, and their times add up.
  Result expect_whole(const std::string& path, const std::vector<std::string>& stages) {
    Result result = run("size: 1GiB\npath:\n" + path);
    double latency = 0, sum = 0;
    std::int64_t ios = 0;
    for (const DirStats& dir : result.jobs[0].dir) {
      latency += dir.lat.mean_ns() * 1e-3 * static_cast<double>(dir.lat.count());
      ios += dir.ios;
    }
    std::map<std::string, std::int64_t> visits;
    for (const StageResult& stage : result.stages) {
      visits[stage.name] = stage.visits;
      sum += stage.queued_us + stage.service_us;
    }
    EXPECT_GT(ios, 100);
    EXPECT_NEAR(sum, latency / static_cast<double>(ios), 1e-3 * sum);
    for (const std::string& name : stages) EXPECT_GE(visits[name], ios) << name;
    return result;
  }
};

TEST_F(Transport, EveryPathOfTheReadmeRuns) {
  std::ifstream file(BLKPATH_SOURCE_DIR "/hw/README.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string begin = "```yaml\npath:\n", catalog = "hw/catalog/";
  int paths = 0;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    std::string path =
        text.substr(at + begin.size(), text.find("```", at + begin.size()) - at - begin.size());
    SCOPED_TRACE(path);
    for (std::size_t part; (part = path.find("part: " + catalog)) != std::string::npos;)
      path.replace(part, 6 + catalog.size(), "part: " + kCatalog);
    expect_whole(path, {"drive"});
    ++paths;
  }
  EXPECT_GE(paths, 3);
}

TEST_F(Transport, ADriveOverEachProtocol) {
  for (const std::string protocol : {"iscsi", "nbd", "nvme_tcp"})
    expect_whole(
        "  block: {model: block_queue}\n"
        "  net: {part: " +
            kCatalog + "link/ethernet-10gb.yaml, protocol: " + protocol +
            ", connections: 4}\n"
            "  drive: " +
            kSmallSsd + "}\n",
        {"block", "net"});
}

// A gigabit carries 125 MB/s less headers: of 16 KiB, at most 7,629 per second. The last 16 end after the 0.1
// s.
TEST_F(Transport, TheLinkLimitsAFastDrive) {
  job("randread", 16);
  const auto over = [&](const std::string& speed) {
    const Result result =
        run("size: 1GiB\npath:\n"
            "  block: {model: block_queue}\n"
            "  net: {part: " +
            kCatalog + "link/ethernet-" + speed +
            ".yaml, protocol: nbd, connections: 8}\n"
            "  drive: " +
            kSmallSsd + "}\n");
    return static_cast<double>(result.jobs[0].dir[0].ios);
  };
  const double slow = over("1gb");
  EXPECT_LT(slow, 763 + 16);
  EXPECT_GT(slow, 0.9 * 763);
  EXPECT_GT(over("10gb"), 5 * slow);
}

TEST_F(Transport, AVolumeMustNotAddressDrivesThatAreNotThere) {
  EXPECT_THAT(refusal_of([&] {
                run("size: 1GiB\npath:\n"
                    "  volume: {model: dm_striped, members: 4}\n"
                    "  block: {model: block_queue}\n"
                    "  pcie: {model: pcie}\n"
                    "  drive: " +
                    kSmallSsd + ", count: 2}\n");
              }),
              testing::HasSubstr("path.volume.members: 4 LUNs are addressed, but 'pcie' offers 2"));
}

}  // namespace
}  // namespace blkpath
