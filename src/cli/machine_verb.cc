#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "cli/verb.h"
#include "views/machines.h"

namespace evener {
namespace {

struct Options {
  Machine given;
  std::string file;
  std::vector<std::pair<CLI::Option*, void (*)(const Machine&, Machine&)>> flags;
};

// The machine as the pool knows it, or nothing but its name.
Result<Machine> known_machine(Session& session, const std::string& name) {
  Client* const client = TRY(session.client());
  Query query;
  query.kind = QueryKind::machines;
  const std::string text = TRY(client->ask(query));
  const Json json = TRY(parse_json(text, "answer"));
  const MachineListView view = TRY(from_json<MachineListView>(json, "answer"));
  for (const MachineRow& row : view.machines) {
    if (row.name != name || !row.described) continue;
    return Machine{
        .name = row.name,
        .address = row.address,
        .domain = row.domain,
        .cores = row.cores,
        .memory_mb = row.memory_mb,
        .gpus = row.gpus,
        .models = row.models,
        .labels = row.labels
    };
  }
  return Machine{.name = name};
}

Result<Machine> machine_in(const std::string& file, const std::string& name) {
  const std::string text = TRY(read_file(file));
  const Json json = TRY(parse_json(text, file));
  Machine machine;
  Json whole = json;
  if (whole.is_object() && !name.empty()) whole.get_object()["name"] = name;
  TRY(read_object(whole, machine, Path{nullptr, file}));
  return machine;
}

// A file says all of a machine; flags change what they name.
Result<Machine> described(Session& session, const Options& options) {
  const std::string& name = options.given.name;
  if (name.empty() && options.file.empty()) return Error{"usage", "name a machine, or a --file"};
  Machine machine = options.file.empty() ? TRY(known_machine(session, name))
                                         : TRY(machine_in(options.file, name));
  for (const auto& [flag, lay] : options.flags) {
    if (flag->count() > 0) lay(options.given, machine);
  }
  // An empty text clears a list.
  for (auto* const list : {&machine.gpus, &machine.models, &machine.labels}) std::erase(*list, "");
  return machine;
}

ExitCode describe_machine(Session& session, const Options& options) {
  Result<Machine> machine = described(session, options);
  if (!machine.ok()) return session.failed(machine.error());
  const std::string name = machine->name;
  return session.give(SetMachine{std::move(*machine)}, [&](const Json&) {
    session.print(fmt::format("described the machine {}", name));
  });
}

template <auto Member>
void take(const Machine& given, Machine& machine) {
  machine.*Member = given.*Member;
}

}  // namespace

void add_machine(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.add(
      "machine",
      "Describe a machine; every worker on it can do what it has",
      "  evener machine walnut --cores 64 --memory-mb 262144 --gpu A100 --gpu A100\n"
      "  evener machine walnut --model llama-70b --label fast-disk --domain rack-3\n"
      "  evener machine walnut --label ''\n"
      "  evener machine --file walnut.json",
      [options](Session& session) { return describe_machine(session, *options); }
  );
  Machine& given = options->given;
  auto& flags = options->flags;
  verb->add_option("machine", given.name, "Its name: workers name it with --machine")
      ->type_name("NAME");
  verb->add_option("--file", options->file, "All of it as JSON: name, cores, memory_mb, gpus, ...")
      ->type_name("FILE");
  const auto text = [&](const char* flag, std::string& value, const char* help, auto how) {
    flags.emplace_back(verb->add_option(flag, value, help)->type_name("TEXT"), how);
  };
  const auto number = [&](const char* flag, std::int64_t& value, const char* help, auto how) {
    CLI::Option* const option = verb->add_option(flag, value, help);
    flags.emplace_back(option->type_name("N")->check(CLI::NonNegativeNumber), how);
  };
  const auto list =
      [&](const char* flag, std::vector<std::string>& values, const char* help, auto how) {
        CLI::Option* const option = verb->add_option(flag, values, help)->type_name("NAME");
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        flags.emplace_back(option, how);
      };
  text("--address", given.address, "Where it is reached", take<&Machine::address>);
  text("--domain", given.domain, "What fails together: a rack, a room", take<&Machine::domain>);
  number("--cores", given.cores, "Of its processors", take<&Machine::cores>);
  number("--memory-mb", given.memory_mb, "Of main memory", take<&Machine::memory_mb>);
  list("--gpu", given.gpus, "A GPU (repeat for more)", take<&Machine::gpus>);
  list("--model", given.models, "A model that it serves (repeat)", take<&Machine::models>);
  list("--label", given.labels, "Another capability (repeat)", take<&Machine::labels>);
}

}  // namespace evener
