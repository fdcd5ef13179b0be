internal import Glibc

extension EventLog {
    /// Checks that there can be a backup at `path`: a directory with a data file. What the file holds is not read.
    ///
    /// - Throws: `.notABackup` with what is there instead, `.failed` when that cannot be found out.
    public static func checkBackup(at path: String) throws(BackupError) {
        let directory = try status(of: path)
        guard let directory else { throw BackupError(notABackup: path, "it does not exist") }
        guard directory.st_mode & S_IFMT == S_IFDIR else {
            throw BackupError(notABackup: path, "it is not a directory (`bitacora log import` reads a file of events)")
        }
        let data = try status(of: path + "/data.mdb")
        guard let data else { throw BackupError(notABackup: path, "it has no data.mdb") }
        guard data.st_mode & S_IFMT == S_IFREG else { throw BackupError(notABackup: path, "its data.mdb is not a file") }
        guard data.st_size > 0 else { throw BackupError(notABackup: path, "its data.mdb is empty") }
    }

    /// Nil when there is nothing at `path`.
    private static func status(of path: String) throws(BackupError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard errno == ENOENT || errno == ENOTDIR else { throw UnfinishedLog.failure("\(path) cannot be read") }
        return nil
    }
}
