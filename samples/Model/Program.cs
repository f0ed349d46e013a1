using RlCore.Engines.Managed;
using RlCore.Trainers.Runs;

using var engine = new ManagedEngine();
using var model = TrainedModel.Load(engine, args[0]);
foreach (string prompt in args[1..])
{
    Console.WriteLine(prompt + model.Generate(prompt)[0].Text);
}
