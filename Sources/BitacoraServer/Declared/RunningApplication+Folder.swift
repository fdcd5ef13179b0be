import JSON
import Declarations
import EventLog
import Handlebars
import Hummingbird
import Logging
import ServiceLifecycle

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension RunningApplication {
    /// What was read from the folder of an application.
    struct Folder: Sendable {
        let path: String
        let definition: ApplicationDefinition
        /// The statuses of the files before they were read.
        let statuses: [ExactText: ApplicationFolder.FileStatus]

        /// - Throws: all faults of the application.
        init(_ path: String) throws(ApplicationFolderError) {
            self.path = path
            statuses = ApplicationFolder.statuses(path)
            do throws(ApplicationFaults) {
                definition = try ApplicationFolder.definition(path)
            } catch {
                throw ApplicationFolderError(error, in: path)
            }
        }

        /// The templates and assets of the folder; a folder without `views` has none.
        var views: ViewFiles {
            let directory = path + "/views"
            return FileManager.default.fileExists(atPath: directory) ? .directory(directory) : .none
        }

        /// The views that the pages of the application render.
        var requiredViews: [String] { definition.pages.map(\.template) }

        /// The last part of the path.
        fileprivate var name: String {
            URL(filePath: path).standardizedFileURL.pathComponents.last { $0 != "/" } ?? path
        }
    }

    /// Folds the log into the collections of a folder application, stores its definition in the log, and starts it.
    static func start(_ folder: Folder, _ environment: Environment) async throws -> RunningApplication {
        let building = DeclaredVersion.Environment(
            log: environment.log, stateLimiter: environment.stateLimiter, logger: environment.logger)
        let version = try await DeclaredVersion.first(folder.definition, in: building)
        try await version.store(in: building)
        let application = DeclaredApplication(version)
        environment.logger.info(
            "application started",
            metadata: ["application": "\(folder.name)", "collections": "\(version.collectionNames.count)"])
        let commands = DeclaredCommands(log: environment.log, application: application)
        let projections = ServedProjections(version.served)
        var parts = ApplicationParts()
        parts.routes = routes(folder, application, commands, environment)
        if environment.options.isDevelopment {
            parts.services.append(
                FolderWatcher(
                    folder: folder.path, application: application, projections: projections, environment: building,
                    initialStatuses: folder.statuses))
        }
        return RunningApplication(
            commands: commands, decidedTypes: DecidedTypes(), projections: projections, parts: parts,
            declared: application)
    }

    /// The routes of the commands and pages. Which of them exist is looked up at each request.
    private static func routes(
        _ folder: Folder, _ application: DeclaredApplication, _ commands: DeclaredCommands, _ environment: Environment
    ) -> Routes {
        let (log, views) = (environment.log, environment.views)
        let index = ApplicationIndex(log: log, views: views, application: application, name: folder.name)
        let pages = DeclaredPages(
            log: log, views: views, application: application,
            cache: environment.options.isDevelopment ? nil : PageCache(), index: index)
        let commandRoutes = CommandRoutes(log: log, application: application, commands: commands)
        var routes = Routes()
        routes.add(
            CommandRoutes.path,
            [
                .post: { request, context in
                    try await commandRoutes.perform(request, name: context.parameters.get("name") ?? "")
                }
            ])
        let show: Routes.Endpoint = { request, _ in try await pages.show(request) }
        for path in ["/", "/**"] {
            routes.add(
                path, [.get: show, .post: show, .put: show, .patch: show, .delete: show, .options: show])
        }
        return routes
    }
}
