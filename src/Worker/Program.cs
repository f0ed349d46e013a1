using RlCore.Worker;

return await WorkerApplication.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
